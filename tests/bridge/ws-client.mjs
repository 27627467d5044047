// A WebSocket client that controls every byte: headers, masks, lengths, fragments (RFC 6455).
import { connect } from 'node:net';
import { createHash, randomBytes } from 'node:crypto';
import { PageKey } from './page-key.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Opens a TCP connection; gives the socket. */
export function openSocket(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends a raw HTTP request and gives status, headers and body; the connection may stay open. */
export async function rawRequest(port, lines, { host = '127.0.0.1', timeout = 8000 } = {}) {
  const socket = await openSocket(port, host);
  socket.on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const text = await new Promise((resolve) => {
    let seen = '';
    const timer = setTimeout(() => resolve(seen), timeout);
    const done = () => {
      clearTimeout(timer);
      resolve(seen);
    };
    socket.on('data', (piece) => {
      seen += piece.toString('latin1');
      const end = seen.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /content-length: *(\d+)/i.exec(seen.slice(0, end));
      if (/^HTTP\/1\.1 (101|204)/.test(seen)) done();
      else if (length && seen.length >= end + 4 + Number(length[1])) done();
    });
    socket.on('close', done);
  });
  socket.destroy();
  const [head, body = ''] = text.split('\r\n\r\n');
  const [first, ...rest] = head.split('\r\n');
  const headers = {};
  for (const line of rest) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(' ')[1] ?? 0), headers, body };
}

/** The lines of an upgrade request; headers set to null are left out, arrays are repeated. */
export function upgradeLines(port, changes = {}) {
  const headers = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'bidseal.v1',
    Origin: 'https://tender.example',
    ...changes,
  };
  const lines = ['GET / HTTP/1.1'];
  for (const [name, value] of Object.entries(headers)) {
    for (const one of value === null ? [] : [value].flat()) lines.push(`${name}: ${one}`);
  }
  return lines;
}

/** One masked frame. `announced` lies about the length. */
export function frame(payload, { opcode = 1, final = true, announced } = {}) {
  const data = Buffer.from(payload);
  const length = announced ?? data.length;
  const head = [(final ? 0x80 : 0) | opcode];
  if (length < 126) head.push(0x80 | length);
  else if (length < 65536) head.push(0x80 | 126, length >> 8, length & 255);
  else {
    const big = Buffer.alloc(8);
    big.writeBigUInt64BE(BigInt(length));
    head.push(0x80 | 127, ...big);
  }
  const mask = randomBytes(4);
  const masked = Buffer.from(data.map((byte, i) => byte ^ mask[i % 4]));
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

/** A connection after the upgrade. */
export class Connection {
  static async open(port, { origin = 'https://tender.example', host = '127.0.0.1', hostHeader } = {}) {
    const socket = await openSocket(port, host);
    const connection = new Connection(socket);
    connection.origin = origin;
    connection.host = `127.0.0.1:${port}`;
    const lines = upgradeLines(port, { Origin: origin, ...(hostHeader ? { Host: hostHeader } : {}) });
    const key = lines.find((l) => l.startsWith('Sec-WebSocket-Key')).split(': ')[1];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const head = await connection.head;
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`refused: ${head.split('\r\n')[0]}`);
    const accept = createHash('sha1').update(key + GUID).digest('base64');
    if (!head.includes(accept)) throw new Error('wrong Sec-WebSocket-Accept');
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.messages = [];
    this.text = ''; // every text frame that came, for searching
    this.closeCode = undefined;
    this.waiters = new Set();
    this.buffer = Buffer.alloc(0);
    this.nextId = 1;
    this.head = new Promise((resolve) => {
      this.gotHead = resolve;
    });
    socket.on('error', () => {});
    socket.on('data', (piece) => this.take(piece));
    socket.on('close', () => {
      this.gone = true;
      this.gotHead?.('');
      this.wake();
    });
  }

  take(piece) {
    this.buffer = Buffer.concat([this.buffer, piece]);
    if (this.gotHead) {
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.buffer.subarray(0, end).toString('latin1');
      this.buffer = this.buffer.subarray(end + 4);
      this.gotHead(head);
      this.gotHead = undefined;
    }
    while (this.takeFrame());
    this.wake();
  }

  takeFrame() {
    const b = this.buffer;
    if (b.length < 2) return false;
    let length = b[1] & 127;
    let at = 2;
    if (length === 126) {
      if (b.length < 4) return false;
      length = b.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (b.length < 10) return false;
      length = Number(b.readBigUInt64BE(2));
      at = 10;
    }
    if (b.length < at + length) return false;
    const payload = b.subarray(at, at + length);
    const opcode = b[0] & 15;
    if (opcode === 1) {
      this.text += payload.toString('utf8');
      this.messages.push(JSON.parse(payload.toString('utf8')));
    } else if (opcode === 8) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.socket.write(frame(payload, { opcode: 8 })); // as a browser does
    } else if (opcode === 9) {
      this.socket.write(frame(payload, { opcode: 10 }));
    }
    this.buffer = b.subarray(at + length);
    return true;
  }

  wake() {
    for (const waiter of [...this.waiters]) waiter();
  }

  /** The first message that fits, taken out; an error when the connection ends or time runs out. */
  wait(fits, timeout = 60000) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const place = this.messages.findIndex(fits);
        if (place >= 0) {
          finish();
          resolve(this.messages.splice(place, 1)[0]);
        } else if (this.gone) {
          finish();
          reject(new Error(`connection ended (${this.closeCode})`));
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no such message; there are ${JSON.stringify(this.messages)}`));
      }, timeout);
      const finish = () => {
        clearTimeout(timer);
        this.waiters.delete(look);
      };
      this.waiters.add(look);
      look();
    });
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  send(message) {
    this.write(frame(typeof message === 'string' ? message : JSON.stringify(message)));
  }

  /** Sends a request; gives its id. */
  start(method, params = {}) {
    const id = this.nextId++;
    this.send({ method, id, params });
    return id;
  }

  answer(id, timeout) {
    return this.wait((m) => m.id === id, timeout);
  }

  ask(method, params = {}, timeout) {
    return this.answer(this.start(method, params), timeout);
  }

  async hello() {
    const nonce = randomBytes(32);
    const answer = await this.ask('hello', {
      versions: [1], client: { name: 'test', version: '1' }, nonce: nonce.toString('base64'),
    });
    if (answer.result) {
      const bytes = (text) => Buffer.from(text, 'base64');
      this.greeting = {
        origin: this.origin, host: this.host, version: 1, pageNonce: nonce,
        bridgeNonce: bytes(answer.result.nonce), daemonKey: bytes(answer.result.daemon_key),
      };
      this.daemonProof = bytes(answer.result.proof);
    }
    return answer;
  }

  /** Pairs without a window: the bridge must have the origin on its list (--preload-origin). */
  async pair(key = new PageKey()) {
    const attempt = key.attempt(this.greeting, false);
    const begun = await this.ask('pair.begin', attempt.begin);
    if (begun.error) throw new Error(`pair.begin: ${begun.error.code}`);
    const { error } = await this.ask('pair.confirm', attempt.confirm);
    if (error) throw new Error(`pair.confirm: ${error.code}`);
    return key;
  }

  prove(key) {
    return this.ask('pair.prove', key.proveParams(this.greeting));
  }

  /** Resolves when the other side has ended the connection. */
  ended(timeout = 60000) {
    if (this.gone) return Promise.resolve(this.closeCode);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('still open')), timeout);
      this.socket.once('close', () => {
        clearTimeout(timer);
        resolve(this.closeCode);
      });
    });
  }

  close() {
    this.socket.destroy();
  }
}
