import { start } from './start';
import { startSealPage } from '../lib/seals';
import StampPage from '../stamp/StampPage.vue';

startSealPage();
start(StampPage);
