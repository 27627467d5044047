import { start } from './start';
import DoctorPage from '../doctor/DoctorPage.vue';

start(DoctorPage);
