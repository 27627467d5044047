import type { CertificateInfo, Encoded } from '@bidseal/sdk';
import { computed, shallowRef } from 'vue';
import { bidseal } from './sdk';
import { site } from './site';

/** A root that may have issued a platform's certificate. */
export interface Root {
  certificate: CertificateInfo;
  /** `site`: brought by whoever runs these pages; `user`: added here. */
  source: 'site' | 'user';
}

const key = 'bidseal.roots';
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
  for (const address of (await site()).roots) {
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
    const stored = JSON.parse(localStorage.getItem(key) ?? '[]') as string[];
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
  const sdk = await bidseal();
  return (await sdk.readCertificates(data)).map((certificate) => ({ certificate, source }));
}

/** The certificates of a file, for the user to look at before trusting them. */
export async function readRootFile(file: File): Promise<CertificateInfo[]> {
  const sdk = await bidseal();
  return sdk.readCertificates(new Uint8Array(await file.arrayBuffer()));
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
    localStorage.setItem(key, JSON.stringify(stored));
  } catch {
    // Storage is switched off: the roots then last as long as the page.
  }
}
