import { createApp, type Component } from 'vue';
import { i18n } from './i18n';
import '../styles/base.css';

/** Mounts a page. */
export function start(page: Component): void {
  createApp(page).use(i18n).mount('#app');
}
