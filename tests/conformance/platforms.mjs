// One entry for each platform: how a callback is signed, and how the platform's
// own library judges one.
//
// make(random, time, key) gives a signed request: url, headers, body (bytes).
// Where the library signs, it does; else node's crypto does.
// check(request, key) is the library's own verdict over any request.
// key(random) makes what both sides share.  `secrets` are then those of our
// receiver.  `signature` says where the signature stands and how it is coded;
// `signed` names what is signed besides the body; `age` that the library, too,
// refuses what is older than five minutes.

import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

const URL_BASE = 'https://care.example.com/hooks/';


function hmac(algorithm, key, encoding, ...texts) {
    const mac = crypto.createHmac(algorithm, key);

    texts.forEach((text) => mac.update(text));

    return mac.digest(encoding);
}


function secretText(random) {
    const text = random.word(16, 48);

    return { text, secrets: [text] };
}


function header(request, name) {
    return request.headers[name] ?? '';
}


function settled(judge) {
    return async (...values) => {
        try {
            return await judge(...values) !== false;

        } catch {
            return false;
        }
    };
}


// GitHub's scheme is Meta's: SHA-256 over the body.

function hub(platform, name, options = []) {
    const load = async () => {
        const { sign, verify } = await import('@octokit/webhooks-methods');

        return {
            make: async (random, time, key) => {
                const body = random.body() || '{}';

                return { body: Buffer.from(body),
                    headers: { [name]: await sign(key.text, body) } };
            },
            check: (request, key) => verify(key.text, request.body.toString(),
                header(request, name)),
        };
    };

    return { platform, options, load, library: '@octokit/webhooks-methods',
        key: secretText, signature: { header: name, prefix: 'sha256=',
            encoding: 'hex' } };
}


function hubOld(platform, options = []) {
    const load = async () => {
        const XHubSignature = (await import('x-hub-signature')).default;
        const made = (key) => new XHubSignature('sha1', key.text);

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body() || '{}');

                return { body,
                    headers: { 'X-Hub-Signature': made(key).sign(body) } };
            },
            check: (request, key) => made(key).verify(
                header(request, 'X-Hub-Signature'), request.body),
        };
    };

    return { platform, options, load, library: 'x-hub-signature',
        key: secretText, signature: { header: 'X-Hub-Signature',
            prefix: 'sha1=', encoding: 'hex' } };
}


const twilioForm = {
    platform: 'twilio', library: 'twilio', key: secretText, form: true,
    signature: { header: 'X-Twilio-Signature', encoding: 'base64' },
    load: async () => {
        const twilio = (await import('twilio')).default;

        // As a framework hands them over: a repeated name is a list.
        const grouped = (body) => {
            const params = {};

            for (const [name, value] of new URLSearchParams(body.toString())) {
                params[name] = name in params ? [params[name], value].flat()
                    : value;
            }

            return params;
        };

        return {
            make: (random, time, key) => {
                const params = new URLSearchParams();
                const url = `${URL_BASE}twilio`
                    + random.pick(['', '?brand=nw', '?a=1&b=%C3%A9']);

                for (let left = 1 + random.below(12); left > 0; left--) {
                    params.append(random.pick(['Body', 'From', 'To',
                        'MediaUrl0', random.word()]), random.text());
                }

                const body = Buffer.from(params.toString());

                return { url, body, headers: {
                    'Content-Type': 'application/x-www-form-urlencoded',
                    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(
                        key.text, url, grouped(body)) } };
            },
            check: (request, key) => twilio.validateRequest(key.text,
                header(request, 'X-Twilio-Signature'), request.url,
                grouped(request.body)),
        };
    },
};


const twilioJson = {
    platform: 'twilio', variant: 'JSON', library: 'twilio', key: secretText,
    signature: { header: 'X-Twilio-Signature', encoding: 'base64' },
    load: async () => {
        const twilio = (await import('twilio')).default;

        return {
            make: (random, time, key) => {
                const body = JSON.stringify(random.object());
                const url = `${URL_BASE}twilio?bodySHA256=`
                    + twilio.getExpectedBodyHash(body);

                return { url, body: Buffer.from(body), headers: {
                    'Content-Type': 'application/json',
                    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(
                        key.text, url, {}) } };
            },
            check: (request, key) => twilio.validateRequestWithBody(key.text,
                header(request, 'X-Twilio-Signature'), request.url,
                request.body.toString()),
        };
    },
};


const line = {
    platform: 'line', library: '@line/bot-sdk', key: secretText,
    signature: { header: 'X-Line-Signature', encoding: 'base64' },
    load: async () => {
        const { validateSignature } = await import('@line/bot-sdk');

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body() || '{}');

                return { body, headers: { 'X-Line-Signature':
                    hmac('sha256', key.text, 'base64', body) } };
            },
            check: (request, key) => validateSignature(request.body, key.text,
                header(request, 'X-Line-Signature')),
        };
    },
};


const slack = {
    platform: 'slack', library: '@slack/bolt', key: secretText, age: true,
    signature: { header: 'X-Slack-Signature', prefix: 'v0=',
        encoding: 'hex' },
    signed: ['X-Slack-Request-Timestamp'],
    load: async () => {
        const { isValidSlackRequest } = await import('@slack/bolt');

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body());

                return { body, headers: {
                    'X-Slack-Request-Timestamp': String(time),
                    'X-Slack-Signature': 'v0=' + hmac('sha256', key.text,
                        'hex', `v0:${time}:`, body) } };
            },
            check: (request, key) => isValidSlackRequest({
                signingSecret: key.text,
                body: request.body.toString(),
                headers: {
                    'x-slack-signature': header(request, 'X-Slack-Signature'),
                    'x-slack-request-timestamp':
                        Number(header(request, 'X-Slack-Request-Timestamp')),
                },
                nowMilliseconds: request.now_ms,
            }),
        };
    },
};


const discord = {
    platform: 'discord', library: 'discord-interactions',
    signature: { header: 'X-Signature-Ed25519', encoding: 'hex' },
    signed: ['X-Signature-Timestamp'],
    key: (random) => {
        const privateKey = crypto.createPrivateKey({ format: 'der',
            type: 'pkcs8', key: Buffer.concat([Buffer.from(
                '302e020100300506032b657004220420', 'hex'),
            random.bytes(32)]) });
        const raw = crypto.createPublicKey(privateKey)
            .export({ format: 'der', type: 'spki' }).subarray(-32)
            .toString('hex');

        return { privateKey, raw, secrets: [raw] };
    },
    load: async () => {
        const { verifyKey } = await import('discord-interactions');

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body());

                return { body, headers: {
                    'X-Signature-Timestamp': String(time),
                    'X-Signature-Ed25519': crypto.sign(null,
                        Buffer.concat([Buffer.from(String(time)), body]),
                        key.privateKey).toString('hex') } };
            },
            check: (request, key) => verifyKey(request.body,
                header(request, 'X-Signature-Ed25519'),
                header(request, 'X-Signature-Timestamp'), key.raw),
        };
    },
};


function standard(platform, library, options = [], variant = library) {
    const names = library === 'svix' && variant === 'svix'
        ? ['svix-id', 'svix-timestamp', 'svix-signature']
        : ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

    return {
        platform, options, variant, library, age: true,
        signature: { header: names[2], prefix: 'v1,', encoding: 'base64' },
        signed: [names[0], names[1]],
        key: (random) => {
            const text = 'whsec_' + random.bytes(24 + random.below(40))
                .toString('base64');

            return { text, secrets: [text] };
        },
        load: async () => {
            const { Webhook } = await import(library);

            return {
                make: (random, time, key) => {
                    const body = random.body();
                    const id = 'msg_' + random.word(4, 24);

                    return { body: Buffer.from(body), headers: {
                        'Content-Type': 'application/json',
                        [names[0]]: id, [names[1]]: String(time),
                        [names[2]]: new Webhook(key.text).sign(id,
                            new Date(time * 1000), body) } };
                },

                // It parses behind the signature: bodies need not be JSON
                // to be authentic.
                check: (request, key) => {
                    try {
                        new Webhook(key.text).verify(request.body.toString(),
                            request.headers);

                    } catch (error) {
                        if (!(error instanceof SyntaxError)) {
                            return false;
                        }
                    }

                    return true;
                },
            };
        },
    };
}


const stripe = {
    platform: 'generic', variant: 'as stripe', library: 'stripe', age: true,
    options: [['signature_from', 'header:Stripe-Signature'],
        ['signature_list', 'kv'], ['list_key', 'v1'],
        ['timestamp_from', 'list:t'], ['template', '{timestamp}.{body}']],
    key: secretText,
    signature: { header: 'Stripe-Signature', prefix: /^t=\d+,v1=/,
        encoding: 'hex' },
    load: async () => {
        const { default: Stripe } = await import('stripe');
        const { webhooks } = new Stripe('sk_test_unused');

        return {
            make: (random, time, key) => {
                const body = random.body() || '{}';

                return { body: Buffer.from(body), headers: {
                    'Stripe-Signature': webhooks.generateTestHeaderString({
                        payload: body, secret: key.text, timestamp: time }) } };
            },
            check: (request, key) => webhooks.signature.verifyHeader(
                request.body.toString(), header(request, 'Stripe-Signature'),
                key.text, 300),
        };
    },
};


const sendgrid = {
    platform: 'email-sendgrid', library: '@sendgrid/eventwebhook', slow: true,
    lax: 'a bit of the signature',      // its DER reader skips what lengths say
    signature: { header: 'X-Twilio-Email-Event-Webhook-Signature',
        encoding: 'base64' },
    signed: ['X-Twilio-Email-Event-Webhook-Timestamp'],
    key: (random) => {
        const curve = crypto.createECDH('prime256v1');
        curve.setPrivateKey(random.bytes(32));

        const point = curve.getPublicKey();
        const privateKey = crypto.createPrivateKey({ format: 'jwk', key: {
            kty: 'EC', crv: 'P-256',
            d: curve.getPrivateKey().toString('base64url'),
            x: point.subarray(1, 33).toString('base64url'),
            y: point.subarray(33).toString('base64url') } });
        const text = crypto.createPublicKey(privateKey)
            .export({ format: 'der', type: 'spki' }).toString('base64');

        return { privateKey, text, secrets: [text] };
    },
    load: async () => {
        const { EventWebhook } = (await import('@sendgrid/eventwebhook'))
            .default;
        const judge = new EventWebhook();

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body());

                return { body, headers: {
                    'Content-Type': 'application/json',
                    'X-Twilio-Email-Event-Webhook-Timestamp': String(time),
                    'X-Twilio-Email-Event-Webhook-Signature':
                        crypto.createSign('sha256').update(String(time))
                            .update(body).sign(key.privateKey, 'base64'),
                } };
            },
            check: (request, key) => judge.verifySignature(
                judge.convertPublicKeyToECDSA(key.text), request.body,
                header(request, 'X-Twilio-Email-Event-Webhook-Signature'),
                header(request, 'X-Twilio-Email-Event-Webhook-Timestamp')),
        };
    },
};


const viber = {
    platform: 'viber', library: 'viber-bot', key: secretText,
    signature: { header: 'X-Viber-Content-Signature', encoding: 'hex' },
    load: async () => {
        const MessageValidator
            = require('viber-bot/lib/message/message-validator.js');
        const quiet = { debug() {} };

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body() || '{}');

                return { body, headers: { 'X-Viber-Content-Signature':
                    hmac('sha256', key.text, 'hex', body) } };
            },
            check: (request, key) => new MessageValidator(quiet, key.text)
                .validateMessage(header(request, 'X-Viber-Content-Signature'),
                    request.body),
        };
    },
};


function sha256(bytes) {
    return crypto.createHash('sha256').update(bytes).digest('hex');
}


async function jwt(claims, key) {
    const { SignJWT } = await import('jose');

    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .sign(Buffer.from(key.text));
}


// The library judges the token; that the body's hash is in it is the page's.
const vonage = {
    platform: 'vonage', library: '@vonage/jwt', key: secretText,
    signature: { header: 'Authorization', prefix: /^Bearer [^.]+\.[^.]+\./,
        encoding: 'base64url' },
    load: async () => {
        const { verifySignature } = require('@vonage/jwt');
        const token = (request) => header(request, 'Authorization')
            .replace(/^Bearer /, '');

        return {
            make: async (random, time, key) => {
                const body = Buffer.from(random.body() || '{}');

                return { body, headers: {
                    'Content-Type': 'application/json',
                    Authorization: 'Bearer ' + await jwt({ iat: time,
                        jti: random.word(8, 20), iss: 'Vonage',
                        payload_hash: sha256(body),
                        api_key: random.word(8, 8) }, key) } };
            },
            check: (request, key) => verifySignature(token(request), key.text)
                && JSON.parse(Buffer.from(token(request).split('.')[1],
                    'base64url')).payload_hash === sha256(request.body),
        };
    },
};


const messagebird = {
    platform: 'messagebird', library: 'messagebird', key: secretText,
    signature: { header: 'MessageBird-Signature-JWT',
        prefix: /^[^.]+\.[^.]+\./, encoding: 'base64url' },
    load: async () => {
        const { verify } = require('messagebird/lib/webhook-signature-jwt.js');

        return {
            make: async (random, time, key) => {
                const body = Buffer.from(random.body());
                const url = `${URL_BASE}messagebird?n=${random.word()}`;
                const claims = { iss: 'MessageBird', iat: time, nbf: time,
                    exp: time + 400, jti: random.word(8, 20),
                    url_hash: sha256(url) };

                if (body.length > 0) {
                    claims.payload_hash = sha256(body);
                }

                return { url, body, headers: {
                    'Content-Type': 'application/x-www-form-urlencoded',
                    'MessageBird-Signature-JWT': await jwt(claims, key) } };
            },
            check: (request, key) => verify(request.url, request.body,
                header(request, 'MessageBird-Signature-JWT'),
                crypto.createSecretKey(Buffer.from(key.text))),
        };
    },
};


const sinch = {
    platform: 'sinch', library: '@sinch/sdk-client', key: secretText,
    signature: { header: 'x-sinch-webhook-signature', encoding: 'base64' },
    signed: ['x-sinch-webhook-signature-nonce',
        'x-sinch-webhook-signature-timestamp'],
    load: async () => {
        // Its front door wants packages of the whole SDK besides.
        const { validateWebhookSignature } = require(join(
            dirname(require.resolve('@sinch/sdk-client')), 'utils',
            'authorization.helper.js'));

        return {
            make: (random, time, key) => {
                const body = Buffer.from(random.body() || '{}');
                const nonce = random.word(4, 30);

                return { body, headers: {
                    'x-sinch-webhook-signature': hmac('sha256', key.text,
                        'base64', body, `.${nonce}.${time}`),
                    'x-sinch-webhook-signature-nonce': nonce,
                    'x-sinch-webhook-signature-timestamp': String(time),
                    'x-sinch-webhook-signature-algorithm': 'HmacSHA256' } };
            },
            check: (request, key) => validateWebhookSignature(key.text,
                request.headers, request.body.toString()),
        };
    },
};


// Tokens that do not bind the body, judged by a JOSE library.

const MSP = 'b5d6e9a0-1c2d-4e3f-8a9b-0c1d2e3f4a5b';

const apple = {
    platform: 'apple-messages', library: 'jose', unbound: true,
    options: [['msp', MSP]],
    signature: { header: 'Authorization', prefix: /^Bearer [^.]+\.[^.]+\./,
        encoding: 'base64url' },
    key: (random) => {
        const text = random.bytes(32);

        return { text, secrets: [`base64:${text.toString('base64')}`] };
    },
    load: async () => {
        const { jwtVerify } = await import('jose');

        return {
            make: async (random, time, key) => ({
                body: Buffer.from(random.body()),
                headers: { Authorization: 'Bearer '
                    + await jwt({ iat: time, aud: MSP }, key) } }),
            check: (request, key) => jwtVerify(
                header(request, 'Authorization').slice(7), key.text,
                { audience: MSP, algorithms: ['HS256'] }),
        };
    },
};


const PUSH = 'push@northwind.example';
const rsaKeys = [];

// Making an RSA key takes its time: a few serve all cases, and these alone
// are not made of the seed.
function rsaKey(random) {
    if (rsaKeys.length < 3) {
        const kid = `key-${rsaKeys.length}`;
        const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa',
            { modulusLength: 2048 });
        const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid,
            alg: 'RS256', use: 'sig' }] };

        rsaKeys.push({ kid, privateKey, jwks,
            secrets: [JSON.stringify(jwks)] });
    }

    return random.pick(rsaKeys);
}

const google = {
    platform: 'google-business', library: 'jose', unbound: true,
    options: [['email', PUSH]], key: rsaKey,
    signature: { header: 'Authorization', prefix: /^Bearer [^.]+\.[^.]+\./,
        encoding: 'base64url' },
    load: async () => {
        const { SignJWT, createLocalJWKSet, jwtVerify } = await import('jose');

        return {
            make: async (random, time, key) => ({
                body: Buffer.from(random.body()),
                headers: { Authorization: 'Bearer ' + await new SignJWT({
                    iss: 'https://accounts.google.com', iat: time,
                    exp: time + 3600, email: PUSH, email_verified: true,
                    aud: `${URL_BASE}google-business`, sub: random.digits(21),
                }).setProtectedHeader({ alg: 'RS256', kid: key.kid })
                    .sign(key.privateKey) } }),
            check: (request, key) => jwtVerify(
                header(request, 'Authorization').slice(7),
                createLocalJWKSet(key.jwks), { audience: request.url,
                    issuer: 'https://accounts.google.com' }),
        };
    },
};


// The signed text is the cipher in the body; the rest of the body is not.
const wechat = {
    platform: 'wechat', library: 'wechat-crypto',
    options: [['aes_key', 'aes'], ['app_id', 'wx0c0ffee0ca5e0001']],
    key: (random) => {
        const text = random.word(8, 32);
        const aes = random.bytes(32).toString('base64').slice(0, 43);

        return { text, aes, secrets: [{ material: text, label: 'token' },
            { material: aes, label: 'aes' }] };
    },
    load: async () => {
        const Cryptor = require('wechat-crypto');
        const made = (key) => new Cryptor(key.text, key.aes,
            'wx0c0ffee0ca5e0001');
        const cipher = (body) => /<Encrypt><!\[CDATA\[([^\]]*)/
            .exec(body.toString())?.[1] ?? '';

        return {
            make: (random, time, key) => {
                const cryptor = made(key);
                const nonce = random.digits(9);
                const text = cryptor.encrypt(`<xml><MsgId>${random.digits(9)}`
                    + `</MsgId><Content>${random.word()}</Content></xml>`);
                const start = '<xml><ToUserName><![CDATA[gh_1]]></ToUserName>'
                    + '<Encrypt><![CDATA[';
                const signature = cryptor.getSignature(String(time), nonce,
                    text);

                return { body: Buffer.from(`${start}${text}]]></Encrypt>`
                    + '</xml>'), bits: [start.length, text.length],
                url: `${URL_BASE}wechat?encrypt_type=aes&timestamp=${time}`
                    + `&nonce=${nonce}&msg_signature=${signature}`,
                headers: { 'Content-Type': 'text/xml' } };
            },
            check: (request, key) => {
                const query = new URL(request.url).searchParams;

                return made(key).getSignature(query.get('timestamp'),
                    query.get('nonce'), cipher(request.body))
                    === query.get('msg_signature');
            },
        };
    },
};


// Voice: the application's secret is the text of base64.
const sinchVoice = {
    platform: 'sinch', variant: 'Voice', library: '@sinch/sdk-client',
    options: [['app_key', '20d5a9b8-0000-4000-8000-0c0ffee00001']],
    age: true, signed: ['x-timestamp', 'Content-Type'],
    signature: { header: 'Authorization', prefix: /^Application [^:]+:/,
        encoding: 'base64' },
    key: (random) => {
        const text = random.bytes(24).toString('base64');

        return { text, secrets: [`base64:${text}`] };
    },
    load: async () => {
        const helper = require(join(
            dirname(require.resolve('@sinch/sdk-client')), 'utils',
            'authorization.helper.js'));
        const app = sinchVoice.options[0][1];
        const say = console.error;

        return {
            make: (random, time, key) => {
                const body = random.body() || '{}';
                const stamp = new Date(time * 1000).toISOString();
                const type = random.pick(['application/json',
                    'application/json; charset=utf-8']);

                return { body: Buffer.from(body), headers: {
                    'Content-Type': type, 'x-timestamp': stamp,
                    'Authorization': helper.generateAuthorizationHeader(
                        'POST', body, type, `x-timestamp:${stamp}`,
                        '/hooks/sinch', app, key.text) } };
            },

            // Its own compare knows no age.
            check: (request, key) => {
                const age = request.now_ms
                    - Date.parse(header(request, 'x-timestamp'));

                // It tells the terminal of every refusal.
                console.error = () => {};

                const good = helper.validateAuthenticationHeader(app,
                    key.text, request.headers, request.body.toString(),
                    '/hooks/sinch', 'POST');

                console.error = say;

                return good && Math.abs(age) <= 300000;
            },
        };
    },
};


// Receivers without a library of the platform's: signed by node's crypto from
// the platform's description, and judged by nobody but us.

function fromPage(entry, make) {
    return { library: undefined, key: secretText, ...entry,
        load: async () => ({ make }) };
}


// A header over `text` of time and body.
function paged(platform, signature, text, more = {}) {
    return fromPage({ platform, signature, ...more }, (random, time, key) => {
        const body = Buffer.from(random.body() || '{}');
        const value = hmac('sha256', key.text, signature.encoding,
            ...text(time, body));

        return { body, headers: { ...more.headers?.(time),
            [signature.header]: (more.start?.(time) ?? signature.prefix ?? '')
                + value } };
    });
}


const iso = (time) => new Date(time * 1000).toISOString();

const xPage = paged('x', { header: 'x-twitter-webhooks-signature',
    prefix: 'sha256=', encoding: 'base64' }, (time, body) => [body]);

const linkedin = paged('linkedin', { header: 'X-LI-Signature',
    encoding: 'hex' }, (time, body) => ['hmacsha256=', body]);

const zendesk = paged('zendesk', { header: 'X-Zendesk-Webhook-Signature',
    encoding: 'base64' }, (time, body) => [iso(time), body], { age: true,
    signed: ['X-Zendesk-Webhook-Signature-Timestamp'],
    headers: (time) => ({
        'X-Zendesk-Webhook-Signature-Timestamp': iso(time) }) });

const chatwoot = paged('chatwoot', { header: 'X-Chatwoot-Signature',
    prefix: 'sha256=', encoding: 'hex' }, (time, body) => [`${time}.`, body], {
    age: true, signed: ['X-Chatwoot-Timestamp'],
    headers: (time) => ({ 'X-Chatwoot-Timestamp': String(time) }) });

const tiktok = paged('tiktok', { header: 'TikTok-Signature',
    prefix: /^t=\d+,s=/, encoding: 'hex' }, (time, body) => [`${time}.`, body], {
    age: true, start: (time) => `t=${time},s=` });

const tiktokShop = paged('tiktok', { header: 'Authorization',
    encoding: 'hex' }, (time, body) => ['6northwind0appkey', body], {
    variant: 'Shop', options: [['app_key', '6northwind0appkey']] });


const freshchat = fromPage({ platform: 'freshchat',
    signature: { header: 'X-Freshchat-Signature', encoding: 'base64' },
    key: (random) => {
        const { privateKey } = rsaKey(random);

        return { privateKey, secrets: [crypto.createPublicKey(privateKey)
            .export({ format: 'pem', type: 'spki' })] };
    } }, (random, time, key) => {
    const body = Buffer.from(random.body());

    return { body, headers: { 'X-Freshchat-Signature':
        crypto.sign('RSA-SHA256', body, key.privateKey).toString('base64') } };
});


// Signature, time and token stand in the body: a bit of the token is changed.
const mailgun = fromPage({ platform: 'email-mailgun' },
    (random, time, key) => {
        const token = random.word(50, 51);
        const signature = hmac('sha256', key.text, 'hex', `${time}${token}`);
        const start = '{"signature":{"token":"';
        const body = `${start}${token}","timestamp":"${time}",`
            + `"signature":"${signature}"},"event-data":{"id":"1"}}`;

        return { body: Buffer.from(body), bits: [start.length, token.length],
            headers: { 'Content-Type': 'application/json' } };
    });


// Tokens: VK's in the body, others in a header.
const vk = fromPage({ platform: 'vk' }, (random, time, key) => {
    const start = '{"type":"message_new","group_id":7,"secret":"';

    return { body: Buffer.from(`${start}${key.text}"}`), headers: {},
        bits: [start.length, key.text.length] };
});

function token(platform, header, prefix, encode) {
    return fromPage({ platform, unbound: true, signature: { header, prefix,
        encoding: encode ? 'base64' : 'latin1' }, key: (random) => {
        const text = (encode ? 'care:' : '') + random.word(16, 48);

        return { text, secrets: [text] };
    } }, (random, time, key) => ({ body: Buffer.from(random.body() || '{}'),
        headers: { [header]: prefix + (encode
            ? Buffer.from(key.text).toString('base64') : key.text) } }));
}


// The SMS API's older signature over sorted parameters.
const vonageSig = fromPage({ platform: 'vonage', variant: 'sig',
    options: [['sig', 'sha256']], form: true, age: true },
(random, time, key) => {
    const params = { msisdn: random.digits(12), to: random.digits(12),
        messageId: random.word(), text: random.text(), nonce: random.word(),
        timestamp: String(time) };
    const text = Object.keys(params).sort().map((name) => `&${name}=`
        + params[name].replace(/[&=]/g, '_')).join('');
    const start = 'sig=' + hmac('sha256', key.text, 'hex', text) + '&msisdn=';

    return { body: Buffer.from(start + new URLSearchParams(params).toString()
        .slice('msisdn='.length)), bits: [start.length, 12], headers: {
        'Content-Type': 'application/x-www-form-urlencoded' } };
});


const wechatPlain = fromPage({ platform: 'wechat', variant: 'plain',
    unbound: true }, (random, time, key) => {
    const nonce = random.digits(9);
    const signature = crypto.createHash('sha1').update([key.text,
        String(time), nonce].sort().join('')).digest('hex');

    return { body: Buffer.from('<xml><MsgId>1</MsgId></xml>'),
        url: `${URL_BASE}wechat?signature=${signature}&timestamp=${time}`
            + `&nonce=${nonce}`, headers: { 'Content-Type': 'text/xml' } };
});


const generic = [['signature_from', 'header:X-Hub-Signature-256'],
    ['signature_prefix', 'sha256='], ['event_id', '/id|digest']];

export const platforms = [
    ...['facebook', 'messenger', 'instagram', 'whatsapp', 'threads', 'meta']
        .map((name) => hub(name, 'X-Hub-Signature-256')),
    hub('generic', 'X-Hub-Signature-256', generic),
    hub('mastodon', 'X-Hub-Signature'),
    hubOld('intercom'),
    hubOld('websub', [['topic', 'https://example.org/feed']]),
    twilioForm, twilioJson, line, slack, discord, viber,
    standard('standard-webhooks', 'standardwebhooks'),
    standard('standard-webhooks', 'svix'),
    standard('cloudevents', 'svix', [['auth', 'standard-webhooks']],
        'signed'),
    stripe, sendgrid, vonage, messagebird, sinch, apple,
    google, wechat, sinchVoice,

    xPage, linkedin, zendesk, chatwoot, tiktok, tiktokShop, freshchat, mailgun,
    vonageSig, wechatPlain, vk,
    token('telegram', 'X-Telegram-Bot-Api-Secret-Token', ''),
    token('kakao', 'Authorization', 'Bearer '),
    token('cloudevents', 'Authorization', 'Bearer '),
    token('email-postmark', 'Authorization', 'Basic ', true),
    token('infobip', 'Authorization', 'Basic ', true),
    token('trustpilot', 'Authorization', 'Basic ', true),
].map((entry) => ({ options: [], signed: [], url: URL_BASE + entry.platform,
    ...entry, settled }));
