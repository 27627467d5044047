import { start } from './start';
import MakerPage from '../maker/MakerPage.vue';

start(MakerPage);
