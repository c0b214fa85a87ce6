// A sign-in provider for the tests: oidc-provider (certified), with one page to sign in at, and no consent asked.
// It reads its settings as JSON from standard input: { port, issuer, clients, people }, where people maps a name to the
// claims of that person, and to `acr` and `amr`, which say how they signed in. Its signing key is new at every start.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const { port, issuer, clients, people } = await json(process.stdin);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  claims: { openid: ['sub', 'roles', 'acr', 'amr'], profile: ['name', 'preferred_username'] },
  acrValues: ['two-factors'],
  conformIdTokenClaims: false,
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id]?.claims }) }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid profile');
    await grant.save();
    return grant;
  },
});

const page = `<!doctype html><html lang="en"><title>Drawn provider</title><form method="post">
<label>Name <input name="name" autofocus></label> <button>Sign in</button></form>`;

async function signIn(request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html').end(page);
    return;
  }
  const name = new URLSearchParams(await text(request)).get('name');
  const person = people[name];
  const result =
    person && prompt.name === 'login'
      ? { login: { accountId: name, acr: person.acr, amr: person.amr } }
      : { error: 'access_denied', error_description: 'nobody of that name' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const rest = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return rest(request, response);
  return signIn(request, response).catch((error) => response.writeHead(400).end(String(error)));
}).listen(port, '127.0.0.1', () => console.log('ready'));
