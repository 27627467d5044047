import { start } from './start';
import { startSealPage } from '../lib/seals';
import VerifyPage from '../verify/VerifyPage.vue';

startSealPage();
start(VerifyPage);
