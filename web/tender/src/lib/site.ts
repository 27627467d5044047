/** What whoever runs these pages may set in `site.json`. */
export interface Site {
  /** Addresses of root certificates that the site vouches for. */
  roots: URL[];
  /** The same for those who seal documents, and for issuers of seals. */
  sealRoots: URL[];
  /** Ports on which the bridge listens here, where they are not the usual ones. */
  bridgePorts: number[];
  /** The bridges here have this site in their organisation's policy: no code is compared. */
  bridgeListsThisSite: boolean;
}

let loaded: Promise<Site> | undefined;

/** The site's settings; the usual ones where there are none. */
export function site(): Promise<Site> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Site> {
  try {
    const base = new URL('./', location.href);
    const response = await fetch(new URL('site.json', base), { cache: 'no-cache' });
    const { roots, sealRoots, bridgePorts, bridgeListsThisSite } = (await response.json()) as Record<string, unknown>;
    return {
      roots: addresses(roots, base),
      sealRoots: addresses(sealRoots, base),
      bridgePorts: list(bridgePorts).filter((each) => typeof each === 'number'),
      bridgeListsThisSite: bridgeListsThisSite === true,
    };
  } catch {
    return { roots: [], sealRoots: [], bridgePorts: [], bridgeListsThisSite: false };
  }
}

function addresses(value: unknown, base: URL): URL[] {
  return list(value).filter((each) => typeof each === 'string').map((each) => new URL(each, base));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
