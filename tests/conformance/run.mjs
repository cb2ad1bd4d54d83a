// node run.mjs JUDGE [CASES [SEED]]
//
// For each platform: callbacks as its own library signs them (or judges them)
// go through our engine.  What is genuine must pass both; what was changed by
// one bit, signed with another secret or too old must pass neither; and
// wherever the library judges, we judge alike.

import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';

import { platforms } from './platforms.mjs';
import { Random, flipBit } from './random.mjs';

const [judge, cases = '1200', seed = crypto.randomBytes(6).toString('hex')]
    = process.argv.slice(2);

// A library in plain JavaScript for a curve takes its time.
const SLOW_CHECKS = 8;

// Behind a pause in the run nothing may have become too old by itself.
const MAX_AGE = 200;


function changedSignature(entry, request, random) {
    const { header, prefix = '', encoding } = entry.signature;
    const value = request.headers[header];
    const start = prefix instanceof RegExp ? prefix.exec(value)[0] : prefix;
    const bytes = Buffer.from(value.slice(start.length), encoding);

    return { ...request, what: 'a bit of the signature', headers: {
        ...request.headers,
        [header]: start + flipBit(bytes, random).toString(encoding) } };
}


function changedBody(request, random) {
    const [from, length] = request.bits ?? [0, request.body.length];
    const body = Buffer.from(request.body);

    flipBit(body.subarray(from, from + length), random).copy(body, from);

    return { ...request, body, what: 'a bit of the body' };
}


// Another digit or letter at the end of what is signed besides the body.
function changedHeader(entry, request, random) {
    const name = random.pick(entry.signed);
    const value = request.headers[name];
    const last = value.at(-1);

    return { ...request, what: name, headers: { ...request.headers,
        [name]: value.slice(0, -1) + (last === '7' ? '8' : '7') } };
}


function otherKey(entry, request, random) {
    let key;

    do {
        key = entry.key(random);
    } while (key.secrets[0] === request.key.secrets[0]);

    return { ...request, key, what: 'another secret' };
}


async function oneCase(entry, ways, random, number, keys) {
    const key = keys[number % keys.length];
    const now = Date.now();
    const time = Math.floor(now / 1000) - random.below(MAX_AGE);
    const sign = (at) => ways.make(random, at, key);
    const base = { url: entry.url, key, now_ms: now };

    if (number % 2 === 0) {
        return { ...base, ...await sign(time), what: 'genuine', good: true };
    }

    const kinds = entry.unbound ? ['key'] : ['body', 'body', 'key'];

    if (entry.signature) {
        kinds.push('signature');
    }

    if (entry.signed.length > 0) {
        kinds.push('header');
    }

    if (entry.age) {
        kinds.push('age');
    }

    const kind = random.pick(kinds);

    if (kind === 'age') {
        return { ...base, ...await sign(Math.floor(now / 1000) - 400
            - random.below(100000)), what: 'its age' };
    }

    const request = { ...base, ...await sign(time) };

    switch (kind) {
    case 'key':
        return otherKey(entry, request, random);

    case 'signature':
        return changedSignature(entry, request, random);

    case 'header':
        return changedHeader(entry, request, random);

    default:
        return request.body.length > 0 ? changedBody(request, random)
            : otherKey(entry, request, random);
    }
}


function judged(entry, requests) {
    const lines = requests.map((request) => JSON.stringify({
        platform: entry.platform, options: entry.options,
        secrets: request.key.secrets, method: 'POST', url: request.url,
        headers: Object.entries(request.headers),
        body: request.body.toString('base64'), now_ms: request.now_ms }));
    const run = spawnSync(judge, [], { input: lines.join('\n') + '\n',
        encoding: 'utf8', maxBuffer: 1 << 26 });

    if (run.status !== 0) {
        throw new Error(`the judge ended with ${run.status ?? run.signal}: `
            + run.stderr);
    }

    return run.stdout.trim().split('\n');
}


// A library may read a signature whose form is broken: lengths that do not
// fit, and the like.  There we may refuse more than it does, never less.
function isStricter(entry, request, accepted, opinion) {
    return entry.lax === request.what && !accepted && opinion === true;
}


function complaint(entry, request, verdict, opinion) {
    const accepted = verdict.startsWith('ok');

    if (isStricter(entry, request, accepted, opinion)) {
        return undefined;
    }

    if (opinion !== undefined && opinion !== accepted) {
        return `${entry.library} says ${opinion}, we say ${verdict}`;
    }

    if (request.good && !accepted) {
        return `refused: ${verdict}`;
    }

    // A form may say the same in other bytes: there the library decides.
    if (!request.good && accepted && !(entry.form && opinion)) {
        return 'accepted';
    }

    return undefined;
}


async function tryPlatform(entry) {
    const name = entry.platform + (entry.variant ? ` (${entry.variant})` : '');
    const random = new Random(`${seed}/${name}`);
    const ways = await entry.load();
    const keys = Array.from({ length: 8 }, () => entry.key(random));
    const requests = [];

    for (let number = 0; number < Number(cases); number++) {
        requests.push(await oneCase(entry, ways, random, number, keys));
    }

    const verdicts = judged(entry, requests);
    const check = ways.check && entry.settled(ways.check);
    let wrong = 0;
    let checked = 0;
    let stricter = 0;

    if (verdicts[0] === 'unknown_platform') {
        console.log(`  ${name}: SKIPPED: not registered`);
        return 0;
    }

    if (verdicts.length !== requests.length) {
        throw new Error(`${verdicts.length} verdicts`);
    }

    for (const [number, request] of requests.entries()) {
        let opinion;

        if (check && (!entry.slow || number % SLOW_CHECKS < 2)) {
            opinion = await check(request, request.key);
            checked++;
        }

        const problem = complaint(entry, request, verdicts[number], opinion);

        if (isStricter(entry, request, verdicts[number].startsWith('ok'),
            opinion))
        {
            stricter++;
        }

        if (problem !== undefined && ++wrong <= 3) {
            console.log(`  ${name}: case ${number} (${request.what}): `
                + problem);
            console.log('    ' + JSON.stringify({ url: request.url,
                headers: request.headers, secrets: request.key.secrets,
                body: request.body.toString('base64') }));
        }
    }

    const genuine = requests.filter((request) => request.good).length;

    console.log(`  ${name}: ${wrong === 0 ? 'ok' : `${wrong} WRONG`}: `
        + `${genuine} genuine, ${requests.length - genuine} changed, `
        + (check ? `${checked} judged by ${entry.library}, too`
            : 'signed as the platform describes it')
        + (stricter === 0 ? '' : `; ${stricter} that it takes are malformed`));

    return wrong;
}


console.log(`conformance: seed ${seed}, ${cases} cases a platform, node `
    + process.version);

let failures = 0;

for (const entry of platforms) {
    try {
        failures += await tryPlatform(entry);

    } catch (error) {
        console.log(`  ${entry.platform}: FAILED: ${error.message}`);
        failures++;
    }
}

console.log(failures === 0 ? `conformance: ok, seed ${seed}`
    : `conformance: FAILED, seed ${seed}`);
process.exitCode = failures === 0 ? 0 : 1;
