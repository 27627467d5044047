import { expect, test } from 'vitest';
import { formatBytes, formatClock, formatTime, grouped } from './format';

test('sizes', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(1023)).toBe('1023 B');
  expect(formatBytes(1024)).toBe('1.00 KiB');
  expect(formatBytes(1024 * 1024 - 1)).toBe('1.00 MiB');
  expect(formatBytes(52428800)).toBe('50.0 MiB');
  expect(formatBytes(2 ** 31)).toBe('2.00 GiB');
});

test('times are shown in Shanghai with their offset', () => {
  expect(formatTime('2026-12-01T01:30:00Z')).toBe('2026-12-01 09:30:00 UTC+08:00');
  expect(formatTime('2026-12-31T16:00:00Z')).toBe('2027-01-01 00:00:00 UTC+08:00');
});

test('clocks and groups', () => {
  expect(formatClock(59.9)).toBe('00:59');
  expect(formatClock(3723)).toBe('01:02:03');
  expect(formatClock(-4)).toBe('00:00');
  expect(grouped('0a1b2c3d4')).toBe('0A1B 2C3D 4');
});
