// The one list of what stands in the way of a seal, and of what deserves a second look.
import type { ErrorCode } from '@bidseal/sdk';
import { computed } from 'vue';
import { checkKey, slotsOf, useMaker, type DocumentItem } from './store';

export type StepName = 'tender' | 'documents' | 'summary' | 'key' | 'seal';
export const stepNames: StepName[] = ['tender', 'documents', 'summary', 'key', 'seal'];

export type WarningName = 'empty' | 'encrypted' | 'active' | 'ends_early';

export interface Issue {
  /** Blocking issues have an error code, the others a warning's name. */
  code?: ErrorCode;
  warning?: WarningName;
  step: StepName;
  /** Id of the element to jump to. */
  target: string;
  /** Title of the slot, field or path that it is about. */
  subject: string;
}

/** Names that one file system would take for the same. */
function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

export function documentTarget(item: DocumentItem): string {
  return `document-${item.id}`;
}

export function slotTarget(envelope: string, slot: string): string {
  return `slot-${envelope}-${slot}`;
}

export function useIssues() {
  const maker = useMaker();

  const documentIssues = computed<Issue[]>(() => {
    const file = maker.tender.value;
    if (file === undefined) return [];
    const found: Issue[] = [];
    const bySlot = new Map<string, DocumentItem[]>();
    for (const item of maker.documents.value) {
      const place = slotTarget(item.envelope, item.slot);
      const list = bySlot.get(place);
      if (list === undefined) bySlot.set(place, [item]);
      else list.push(item);
    }
    for (const { envelope, slot } of slotsOf(file)) {
      const target = slotTarget(envelope.id, slot.id);
      const items = bySlot.get(target) ?? [];
      const subject = `${envelope.title} / ${slot.title}`;
      if (slot.required && items.length === 0) found.push({ code: 'document_missing', step: 'documents', target, subject });
      for (const item of items.slice(slot.maxCount)) {
        found.push({ code: 'document_unexpected', step: 'documents', target: documentTarget(item), subject: item.path });
      }
      for (const item of items) found.push(...contentIssues(item, slot.maxBytes));
    }
    return [...found, ...duplicates(maker.documents.value)];
  });

  function contentIssues(item: DocumentItem, maxBytes: number): Issue[] {
    const place = { step: 'documents' as const, target: documentTarget(item), subject: item.path };
    if (item.file.size > maxBytes) return [{ ...place, code: 'document_too_large' }];
    const state = maker.checks.value.get(checkKey(item));
    if (state?.state === 'failed') return [{ ...place, code: state.error.code }];
    if (state?.state !== 'done') return [];
    if (state.check.problem !== undefined) return [{ ...place, code: state.check.problem }];
    const warnings: WarningName[] = [];
    if (item.file.size === 0) warnings.push('empty');
    if (state.check.encrypted) warnings.push('encrypted');
    if (state.check.active) warnings.push('active');
    return warnings.map((warning) => ({ ...place, warning }));
  }

  const summaryIssues = computed<Issue[]>(() => {
    const file = maker.tender.value;
    if (file === undefined) return [];
    const found: Issue[] = [];
    for (const field of file.info.summary) {
      const place = { step: 'summary' as const, target: `field-${field.id}`, subject: field.title };
      const problem = maker.summaryProblems[field.id] as ErrorCode | undefined;
      if (field.required && (maker.summary[field.id] ?? '') === '') found.push({ ...place, code: 'summary_missing' });
      else if (problem !== undefined) found.push({ ...place, code: problem });
    }
    return found;
  });

  const keyIssues = computed<Issue[]>(() => {
    const file = maker.tender.value;
    const certificate = maker.key.value?.encryption;
    if (file === undefined || certificate === undefined) return [];
    if (Date.parse(certificate.notAfter) >= Date.parse(file.info.opening)) return [];
    const place = { step: 'key' as const, target: 'step-key', subject: certificate.holder };
    return [maker.acceptEarlyEnd.value ? { ...place, warning: 'ends_early' } : { ...place, code: 'certificate_ends_early' }];
  });

  const all = computed(() => [...documentIssues.value, ...summaryIssues.value, ...keyIssues.value]);
  const blocking = computed(() => all.value.filter((issue) => issue.code !== undefined));
  const warnings = computed(() => all.value.filter((issue) => issue.code === undefined));
  const checking = computed(() =>
    maker.documents.value.some((item) => {
      const state = maker.checks.value.get(checkKey(item))?.state;
      return state !== 'done' && state !== 'failed';
    }),
  );
  return { all, blocking, warnings, checking };
}

function duplicates(items: readonly DocumentItem[]): Issue[] {
  const seen = new Set<string>();
  const found: Issue[] = [];
  for (const item of items) {
    const name = `${item.envelope}/${folded(item.path)}`;
    if (seen.has(name)) {
      found.push({ code: 'path_duplicate', step: 'documents', target: documentTarget(item), subject: item.path });
    }
    seen.add(name);
  }
  return found;
}
