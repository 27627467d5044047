import { computed, type ComputedRef } from 'vue';
import { createI18n, useI18n } from 'vue-i18n';
import { type ErrorCode, errorTexts, type Language } from '@bidseal/sdk';
import en from '../locales/en.json';
import zh from '../locales/zh.json';

export type Locale = 'zh' | 'en';
const key = 'bidseal.language';

function firstLocale(): Locale {
  let remembered: string | null = null;
  try {
    remembered = localStorage.getItem(key);
  } catch {
    // Storage is switched off: the choice then lasts as long as the page.
  }
  if (remembered === 'zh' || remembered === 'en') return remembered;
  const first = navigator.languages.find((each) => /^(zh|en)\b/i.test(each)) ?? 'zh';
  return first.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

export const i18n = createI18n({
  legacy: false,
  locale: firstLocale(),
  fallbackLocale: 'en',
  messages: { en, zh },
});

function mark(locale: Locale): void {
  document.documentElement.lang = locale === 'zh' ? 'zh-CN' : 'en';
}
mark(i18n.global.locale.value);

/** Changes the language of the page and remembers it. */
export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
  mark(locale);
  try {
    localStorage.setItem(key, locale);
  } catch {
    // as above
  }
}

/** The language for texts that the SDK holds. */
export function useLanguage(): ComputedRef<Language> {
  const { locale } = useI18n();
  return computed(() => (locale.value === 'zh' ? 'zh' : 'en'));
}

/** What an error is and what to do about it, in the language of the page. */
export function useErrorText(): (code: ErrorCode) => { what: string; todo: string } {
  const language = useLanguage();
  return (code) => {
    const text = errorTexts[code];
    return language.value === 'zh' ? { what: text.zh, todo: text.zhAction } : { what: text.en, todo: text.enAction };
  };
}

/** A document's format as people name it. */
export function useFormatName(): (format: string) => string {
  const { t } = useI18n();
  return (format) => (format === 'empty' ? t('documents.formatEmpty') : format === 'other' ? t('documents.formatOther') : format.toUpperCase());
}
