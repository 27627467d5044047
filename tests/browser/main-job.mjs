// The main job by itself in Chromium without a window: a bid is made, sealed, saved, checked, opened and
// its documents compared byte for byte. Prints what each step took; ends with 1 when anything differs.
//
//   node main-job.mjs [--video MIB] [--pictures FOLDER] [--readme FOLDER]
//
// --pictures: every state in both languages and both widths; --readme: the pictures of README.md, of both pages.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBrowser } from './lib/browser.ts';
import * as person from './pages/drive.ts';
import { bidDocuments } from './pages/files.ts';
import { documentPicture, picture } from './pages/pictures.ts';
import { PagesWorld, pin } from './pages/world.ts';

const { values } = parseArgs({ options: { video: { type: 'string', default: '32' }, pictures: { type: 'string' }, readme: { type: 'string' } } });
const pictures = values.pictures;
if (pictures !== undefined) process.env.BIDSEAL_PICTURES = pictures;
if (values.readme !== undefined) process.env.BIDSEAL_DOC_PICTURES = values.readme;
const steps = [];

/** Runs one step and notes what it took; `task` gives what to say about it. */
async function step(title, task) {
  const start = performance.now();
  try {
    const said = (await task()) ?? '';
    steps.push({ title, seconds: (performance.now() - start) / 1000, said });
    console.log(`  ${title}${said === '' ? '' : `: ${said}`}`);
  } catch (error) {
    steps.push({ title, seconds: (performance.now() - start) / 1000, said: 'FAILED' });
    throw error;
  }
}

function must(condition, what) {
  if (!condition) throw new Error(what);
}

const size = (bytes) => (bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`);

let world;
let browser;
let failed;
try {
  const made = bidDocuments(Number(values.video) * (1 << 20));
  const paths = {};
  let tender;
  let maker;
  let opening;
  let sealed;
  const bid = () => join(world.folder, 'bid.sbid');

  await step('certificates, UKey and tender file', async () => {
    world = await PagesWorld.start();
    tender = world.makeTender('project', { deadline: 3600, opening: 7200 });
    for (const [slot, list] of Object.entries(made)) {
      paths[slot] = list.map(([name, bytes]) => world.write(name, bytes));
    }
    return `${Object.values(made).flat().length} documents`;
  });
  await step('bridge, pages and browser', async () => {
    await world.startBridge();
    browser = await startBrowser({ locale: 'zh-CN', profileParent: process.env.TMPDIR });
    if (pictures !== undefined) {
      const landing = await browser.open(`${world.server.origin}/index.html`);
      await picture(landing, 'landing');
      await landing.close();
    }
    maker = await browser.open(`${world.server.origin}/maker.html`);
    await maker.waitForSelector(person.test('step-tender'));
  });
  await step('import the tender file', async () => {
    await person.trust(maker, world.root);
    await person.importTender(maker, tender);
    await picture(maker, 'maker-1-tender');
    return maker.textContent(`${person.test('tender-facts')} h2`);
  });
  await step('documents into the envelopes', async () => {
    await person.step(maker, 'documents');
    await picture(maker, 'maker-2-empty');
    await person.addDocuments(maker, paths);
    await picture(maker, 'maker-2-documents');
    await documentPicture(maker, 'maker-en', 'en', 'header');
    must((await maker.$(person.test('blocking'))) === null, 'a document is refused');
    return (await maker.textContent(person.test('document-count'))).trim();
  });
  await step('bid summary', async () => {
    await person.fillSummary(maker);
    const words = (await maker.textContent(person.test('words-total'))).trim();
    must(words === '人民币壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角整', `the amount reads ${words}`);
    await picture(maker, 'maker-3-summary');
    return words;
  });
  await step('choose the UKey', async () => {
    await person.chooseKey(maker);
    await picture(maker, 'maker-4-key');
    return (await maker.textContent('.key .holder')).trim();
  });
  await step('sign and encrypt', async () => {
    await person.step(maker, 'seal');
    await picture(maker, 'maker-5-review');
    world.daemon.script('confirm ok', `pin ${pin}${pictures === undefined ? '' : ' 6'}`);
    if (pictures === undefined) {
      must((await person.seal(maker)) === undefined, 'sealing was refused');
    } else {
      await maker.click(person.test('seal'));
      await maker.waitForSelector('.stage');
      await picture(maker, 'maker-5-progress');
      await maker.waitForSelector(person.test('seal-result'));
    }
    must(world.daemon.windows().length === 2, 'one consent and one PIN');
    sealed = {
      fingerprint: await maker.getAttribute(person.test('fingerprint'), 'data-hex'),
      sm3: await maker.getAttribute(`${person.test('result-sm3')} [data-hex]`, 'data-hex'),
      size: Number(await maker.getAttribute(person.test('result-size'), 'data-bytes')),
    };
    return `${size(sealed.size)}, fingerprint ${sealed.fingerprint.slice(0, 8)}…`;
  });
  await step('check again and rehearse', async () => {
    await maker.click(person.test('verify'));
    must((await person.outcome(maker, person.test('verified'))) === undefined, 'the fresh bid was refused');
    world.daemon.script('confirm ok', `pin ${pin}`);
    await maker.click(person.test('rehearse'));
    must((await person.outcome(maker, person.test('rehearsed'))) === undefined, 'the rehearsal was refused');
    must((await maker.getAttribute(person.test('rehearsed'), 'data-all')) === 'true', 'the key opens all');
    return 'the key opens every envelope';
  });
  await step('save the .sbid', async () => {
    await person.download(maker, person.test('save'), bid());
    must(statSync(bid()).size === sealed.size, 'the saved size differs');
    const digest = execFileSync('openssl', ['dgst', '-sm3', bid()], { encoding: 'utf8' }).trim().split(' ').at(-1);
    must(digest === sealed.sm3, `openssl says ${digest}`);
    await picture(maker, 'maker-6-result');
    await documentPicture(maker, 'maker-zh', 'zh', 'header');
    return 'its SM3 by openssl is the page\'s';
  });
  await step('the command line verifies it', async () => {
    const said = JSON.parse(world.cli('verify', bid(), '--tender', tender, '--trust', world.root, '--json'));
    must(said.fingerprint === sealed.fingerprint, 'the command line finds another fingerprint');
    return 'same fingerprint';
  });
  await step('opening page: checks', async () => {
    opening = await browser.open(`${world.server.origin}/opening.html`);
    if (pictures !== undefined) {
      await picture(opening, 'opening-0-empty');
    }
    await person.chooseBidAndTender(opening, bid(), tender);
    const checks = await person.checksEnded(opening);
    must(Object.values(checks).every((state) => state === 'passed'), JSON.stringify(checks));
    must((await opening.getAttribute(person.test('fingerprint'), 'data-hex')) === sealed.fingerprint, 'fingerprint');
    return `${Object.keys(checks).length} checks passed, same fingerprint`;
  });
  await step('too early: refused', async () => {
    await opening.waitForSelector(person.test('key'));
    await opening.waitForSelector(person.test('not-yet'));
    await opening.click(person.test('open-stage-1'));
    const code = await person.outcome(opening, person.test('opened'));
    must(code === 'not_open_yet', `the answer was ${code}`);
    await picture(opening, 'opening-1-early');
    return code;
  });
  for (const stage of [1, 2]) {
    await step(`open stage ${stage}`, async () => {
      if (stage === 1) {
        const later = new Date(Date.now() + 7260_000).toISOString().replace(/\.\d+Z/, 'Z');
        await world.startBridge(later);
        await person.bridgeState(opening, 'not_running');
        await opening.click(person.test('bridge-connect'));
        await opening.waitForSelector(person.test('key'));
      }
      world.daemon.script('confirm ok', `pin ${pin}`);
      await opening.click(person.test(`open-stage-${stage}`));
      const ready = person.test(stage === 1 ? 'opened-technical' : 'opened-price');
      must((await person.outcome(opening, ready)) === undefined, 'opening was refused');
      return `${await opening.locator(person.test('opened-document')).count()} documents so far`;
    });
  }
  await step('bid summary is shown', async () => {
    const total = (await opening.textContent(person.test('figure-total'))).trim();
    must(total === person.figures.total, `the total reads ${total}`);
    await picture(opening, 'opening-2-opened');
    await documentPicture(opening, 'opening-en', 'en', person.test('opened'));
    await documentPicture(opening, 'opening-zh', 'zh', person.test('opened'));
    return total;
  });
  await step('save and compare every document', async () => {
    const zip = join(world.folder, 'all.zip');
    const folder = join(world.folder, 'opened');
    await person.download(opening, person.test('save-zip'), zip);
    execFileSync('unzip', ['-q', zip, '-d', folder]);
    let bytes = 0;
    let count = 0;
    for (const [slot, list] of Object.entries(made)) {
      const envelope = slot.split('-')[0];
      for (const [name, content] of list) {
        must(readFileSync(join(folder, envelope, name)).equals(content), `${name} differs`);
        bytes += content.length;
        count += 1;
      }
    }
    must((await opening.locator(person.test('opened-document')).count()) === count, 'another number of documents');
    const row = `${person.test('opened-document')}[data-path="分项报价表.xlsx"]`;
    const one = join(world.folder, 'one.xlsx');
    await person.download(opening, `${row} ${person.test('save-one')}`, one);
    must(readFileSync(one).equals(made['price-schedule'][0][1]), 'the document saved by itself differs');
    return `${count} documents, ${size(bytes)}, all equal`;
  });
  must(browser.problems.filter((each) => !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(each)).length === 0,
    `the browser complains: ${browser.problems.join('; ')}`);
} catch (error) {
  failed = error;
  for (const page of browser?.context.pages() ?? []) {
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'failed.png'), fullPage: true }).catch(() => undefined);
    console.error((await page.locator('[data-error]').allTextContents().catch(() => [])).join('\n'));
  }
  if (world?.daemon !== undefined) console.error(`the bridge's log:\n${world.daemon.log}`);
} finally {
  await browser?.close();
  await world?.close();
}

console.log('');
const width = Math.max(...steps.map(({ title }) => title.length));
for (const { title, seconds, said } of steps) {
  console.log(`${title.padEnd(width)}  ${seconds.toFixed(2).padStart(7)} s  ${said}`);
}
console.log(`${'in all'.padEnd(width)}  ${steps.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(2).padStart(7)} s`);
if (failed !== undefined) {
  console.error(`\nfailed: ${failed.message}`);
  process.exitCode = 1;
}
