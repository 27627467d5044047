/**
 * @bidseal/sdk/testing: for tests of pages. `FakeBridge` stands for bridge, tokens and the person at the windows;
 * `KeyFileProvider` has the keys of a holder in files.
 */
export { FakeBridge, fakeToken, type Answer, type FakeBridgeOptions, type FakeToken, type Handler } from './fake-bridge.js';
export { type FileKey, KeyFileProvider, type TestingCore } from './key-file-provider.js';
