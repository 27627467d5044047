export { type FileKey, KeyFileProvider, type TestingCore } from './key-file-provider.js';
