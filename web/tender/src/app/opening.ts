import { start } from './start';
import OpeningPage from '../opening/OpeningPage.vue';

start(OpeningPage);
