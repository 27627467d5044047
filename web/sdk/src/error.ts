import { errorTexts, type ErrorCode } from './generated/errors.js';

export type Language = 'en' | 'zh';

export interface ErrorDetails {
  /** For developers and logs; holds no user data. */
  message?: string;
  /** Where in the input the fault lies. */
  position?: number;
  /** PIN tries left before the key locks. */
  retriesLeft?: number;
  /** A public name that the error is about: an envelope, a field, a limit. */
  subject?: string;
  cause?: unknown;
}

/** The one error of the SDK. What users read comes from `text()`, `happened()` and `action()`. */
export class BidSealError extends Error {
  readonly code: ErrorCode;
  readonly position: number | undefined;
  readonly retriesLeft: number | undefined;
  readonly subject: string;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? code, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BidSealError';
    this.code = code;
    this.position = details.position;
    this.retriesLeft = details.retriesLeft;
    this.subject = details.subject ?? '';
  }

  /** What happened. */
  happened(language: Language): string {
    const text = errorTexts[this.code];
    return language === 'zh' ? text.zh : text.en;
  }

  /** What to do now. */
  action(language: Language): string {
    const text = errorTexts[this.code];
    return language === 'zh' ? text.zhAction : text.enAction;
  }

  /** Both, for a message box. */
  text(language: Language): string {
    return language === 'zh'
      ? `${this.happened(language)}${this.action(language)}`
      : `${this.happened(language)} ${this.action(language)}`;
  }
}
