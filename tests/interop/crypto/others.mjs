// sm-crypto-v2's side of the comparison:
//   node others.mjs PACKAGE verify POINT_HEX MESSAGE SIGNATURE      exit code 0 when it verifies
//   node others.mjs PACKAGE sign SCALAR_HEX POINT_HEX MESSAGE OUT
//   node others.mjs PACKAGE decrypt SCALAR_HEX RAW_C1C3C2 OUT
//   node others.mjs PACKAGE encrypt POINT_HEX PLAIN OUT             raw C1C3C2
import { readFileSync, writeFileSync } from 'node:fs';

const [folder, command, ...args] = process.argv.slice(2);
const { sm2 } = await import(`${folder}/dist/index.mjs`).catch(() => import(`${folder}/dist/index.js`));
const bytes = (name) => new Uint8Array(readFileSync(name));
const hex = (name) => readFileSync(name).toString('hex');
const options = { der: true, hash: true };

switch (command) {
    case 'verify': {
        const [point, message, signature] = args;
        process.exit(sm2.doVerifySignature(bytes(message), hex(signature), point, options) ? 0 : 1);
        break;
    }
    case 'sign': {
        const [scalar, point, message, out] = args;
        const signature = sm2.doSignature(bytes(message), scalar, { ...options, publicKey: point });
        writeFileSync(out, Buffer.from(signature, 'hex'));
        break;
    }
    case 'decrypt': {
        const [scalar, cipher, out] = args;
        // The package expects the point without its leading 04.
        writeFileSync(out, sm2.doDecrypt(hex(cipher).slice(2), scalar, 1, { output: 'array' }));
        break;
    }
    case 'encrypt': {
        const [point, plain, out] = args;
        const cipher = sm2.doEncrypt(bytes(plain), point, 1);
        writeFileSync(out, Buffer.from(cipher.length % 2 === 0 && cipher.startsWith('04') &&
            cipher.length === 2 * (97 + bytes(plain).length) ? cipher : `04${cipher}`, 'hex'));
        break;
    }
    default:
        throw new Error(`unknown command ${command}`);
}
