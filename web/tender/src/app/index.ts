import { start } from './start';
import LandingPage from '../landing/LandingPage.vue';

start(LandingPage);
