import type { CertificateInfo, Encoded } from '@bidseal/sdk';
import { computed, shallowRef } from 'vue';
import { readCertificates } from './certificates';
import { site } from './site';

/** A root that may have issued the certificates in question: platforms', or those of seals. */
export interface Root {
  certificate: CertificateInfo;
  /** `site`: brought by whoever runs these pages; `user`: added here. */
  source: 'site' | 'user';
}

/** What roots are trusted for; each has a list of its own. */
export type TrustPurpose = 'tenders' | 'seals';
let purpose: TrustPurpose = 'tenders';
const keys: Record<TrustPurpose, string> = { tenders: 'bidseal.roots', seals: 'bidseal.sealRoots' };

/** Once, before the page starts. */
export function trustFor(chosen: TrustPurpose): void {
  purpose = chosen;
}

const siteRoots = shallowRef<Root[]>([]);
const userRoots = shallowRef<Root[]>([]);

export const roots = computed(() => [...siteRoots.value, ...userRoots.value]);
let loaded: Promise<void> | undefined;

/** The site's roots (`site.json`) and those that the user added before. */
export function loadRoots(): Promise<void> {
  loaded ??= (async () => {
    siteRoots.value = await siteCertificates();
    userRoots.value = await rememberedCertificates();
  })();
  return loaded;
}

async function siteCertificates(): Promise<Root[]> {
  const found: Root[] = [];
  const { roots: tenderRoots, sealRoots } = await site();
  for (const address of purpose === 'seals' ? sealRoots : tenderRoots) {
    try {
      const file = await fetch(address, { cache: 'no-cache' });
      if (file.ok) found.push(...(await read(new Uint8Array(await file.arrayBuffer()), 'site')));
    } catch {
      // The site names a root that it does not have: the user can add it.
    }
  }
  return found;
}

async function rememberedCertificates(): Promise<Root[]> {
  try {
    const stored = JSON.parse(localStorage.getItem(keys[purpose]) ?? '[]') as string[];
    const found: Root[] = [];
    for (const text of stored) {
      found.push(...(await read(Uint8Array.from(atob(text), (each) => each.charCodeAt(0)), 'user')));
    }
    return found;
  } catch {
    return [];
  }
}

async function read(data: Encoded, source: Root['source']): Promise<Root[]> {
  return (await readCertificates(data)).map((certificate) => ({ certificate, source }));
}

/** The certificates of a file, for the user to look at before trusting them. */
export async function readRootFile(file: File): Promise<CertificateInfo[]> {
  return readCertificates(new Uint8Array(await file.arrayBuffer()));
}

export function addRoots(certificates: CertificateInfo[]): void {
  const known = new Set(roots.value.map((root) => root.certificate.sm3));
  const fresh = certificates.filter((certificate) => !known.has(certificate.sm3));
  userRoots.value = [...userRoots.value, ...fresh.map((certificate) => ({ certificate, source: 'user' as const }))];
  remember();
}

export function removeRoot(sm3: string): void {
  userRoots.value = userRoots.value.filter((root) => root.certificate.sm3 !== sm3);
  remember();
}

function remember(): void {
  try {
    const stored = userRoots.value.map((root) => btoa(String.fromCharCode(...root.certificate.der)));
    localStorage.setItem(keys[purpose], JSON.stringify(stored));
  } catch {
    // Storage is switched off: the roots then last as long as the page.
  }
}
