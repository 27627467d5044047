/**
 * What the browser says about reaching programs on this machine. `unneeded`: the page itself comes from
 * this machine; `unknown`: the browser has no such permission, or does not tell.
 */
export type LocalPermission = 'granted' | 'prompt' | 'denied' | 'unneeded' | 'unknown';

const names = ['loopback-network', 'local-network-access'];

export async function localPermission(): Promise<LocalPermission> {
  if (['127.0.0.1', 'localhost', '[::1]'].includes(location.hostname)) return 'unneeded';
  for (const name of names) {
    try {
      const status = await navigator.permissions.query({ name: name as PermissionName });
      return status.state;
    } catch {
      // This browser does not know the name.
    }
  }
  return 'unknown';
}
