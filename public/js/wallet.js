// Ethereum wallets: finds them (EIP-6963), has a message signed (EIP-4361, EIP-191) and sends the form
// that waits for it. Loaded only when somebody presses such a button.

/** As long as every other request of the app. */
const TIME_LIMIT_MS = 30_000;

/** What went wrong, in words for people. */
class Told extends Error {}

const found = new Map();

addEventListener('eip6963:announceProvider', ({ detail }) => found.set(detail.info.uuid, detail));

/** Every wallet that answers. They answer at once; late ones are given a moment. */
async function wallets() {
  dispatchEvent(new Event('eip6963:requestProvider'));
  await new Promise((resume) => setTimeout(resume, 150));
  if (found.size === 0 && window.ethereum) {
    return [{ info: { name: 'Wallet' }, provider: window.ethereum }];
  }
  return [...found.values()];
}

/** Says what is wrong where the form says it, and leads there. */
function say(form, text) {
  const place = form.querySelector('.form-error');
  place.textContent = text;
  if (text) place.focus();
}

/** Ends the waiting that began when the button was pressed. */
function rest(form) {
  for (const one of [form, form.querySelector('button:not([type=button])')]) one.removeAttribute('aria-busy');
}

/** The wallet to use: the only one, or the one that is picked. */
function choose(form, all) {
  if (all.length === 1) return Promise.resolve(all[0].provider);
  const place = form.querySelector('.wallet-choices');
  place.replaceChildren();
  return new Promise((resolve) => {
    for (const { info, provider } of all) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'button';
      button.textContent = info.name;
      button.addEventListener('click', () => { place.replaceChildren(); resolve(provider); });
      place.append(button);
    }
    place.querySelector('button').focus();
  });
}

/** A random UUID for both sides' logs; `crypto.randomUUID` is missing on plain HTTP. */
function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.reduce((id, byte, at) => id + ([4, 6, 8, 10].includes(at) ? '-' : '') + hexByte(byte), '');
}

/** Calls a server function as the app's own client does: named, with a time limit, and told in words. */
async function call(name, fields) {
  const id = requestId();
  let answer;
  try {
    answer = await fetch(`/_fn/${name}`, {
      method: 'POST',
      headers: { accept: 'application/json', 'X-Request-ID': id, 'X-Request-Timestamp': String(Date.now()) },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    const body = await answer.json();
    if (answer.ok) return body;
    throw new Told(body.detail);
  } catch (error) {
    if (error instanceof Told) throw error;
    if (error.name === 'TimeoutError') throw new Told('CryptoVault did not answer in time. Try again in a moment.');
    if (!answer) throw new Told('CryptoVault could not be reached. Check your connection, then try again.');
    throw new Told(`The answer could not be read. Try again in a moment. (Request ${id})`);
  }
}

/** The message as EIP-4361 writes it. */
function text({ address, nonce }) {
  return `${location.host} wants you to sign in with your Ethereum account:
${address}

Sign in to CryptoVault. This costs nothing and moves nothing.

URI: ${location.origin}
Version: 1
Chain ID: 1
Nonce: ${nonce}
Issued At: ${new Date().toISOString()}`;
}

function hexByte(byte) {
  return byte.toString(16).padStart(2, '0');
}

function hex(message) {
  return `0x${[...new TextEncoder().encode(message)].map(hexByte).join('')}`;
}

/** Why nothing was signed. */
function reason(error) {
  if (error instanceof Told) return error.message;
  // The owner of the wallet has said no (EIP-1193).
  if (error.code === 4001) return 'You did not sign, so nothing has happened.';
  return `The wallet says: ${error.message || 'something went wrong.'}`;
}

async function sign(form) {
  say(form, '');
  try {
    const all = await wallets();
    if (all.length === 0) {
      throw new Told('This browser has no Ethereum wallet. Install one as an extension, or use another way to sign in.');
    }
    const provider = await choose(form, all);
    const [account] = await provider.request({ method: 'eth_requestAccounts' });
    const message = text(await call('auth/wallet/nonce', { address: account }));
    const signature = await provider.request({ method: 'personal_sign', params: [hex(message), account] });
    form.elements.message.value = message;
    form.elements.signature.value = signature;
    rest(form);
    form.requestSubmit();
    // The next try signs anew: what was signed counts once.
    form.elements.message.value = '';
    form.elements.signature.value = '';
  } catch (error) {
    rest(form);
    say(form, reason(error));
  }
}

window.cvWallet = { sign };
