// Ethereum wallets: finds them (EIP-6963), has a message signed (EIP-4361, EIP-191) and sends the form
// that waits for it. Loaded only when somebody presses such a button.

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

function say(form, text) {
  form.querySelector('.form-error').textContent = text;
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

async function challenge(address) {
  const answer = await fetch('/_fn/auth/wallet/nonce', {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ address }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
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

function hex(message) {
  const bytes = new TextEncoder().encode(message);
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

async function sign(form) {
  say(form, '');
  try {
    const all = await wallets();
    if (all.length === 0) {
      say(form, 'This browser has no Ethereum wallet. Install one as an extension, or use another way to sign in.');
      return;
    }
    const provider = await choose(form, all);
    const [account] = await provider.request({ method: 'eth_requestAccounts' });
    const message = text(await challenge(account));
    const signature = await provider.request({ method: 'personal_sign', params: [hex(message), account] });
    form.elements.message.value = message;
    form.elements.signature.value = signature;
    form.requestSubmit();
    // The next try signs anew: what was signed counts once.
    form.elements.message.value = '';
    form.elements.signature.value = '';
  } catch (error) {
    // 4001: the owner of the wallet has said no (EIP-1193).
    say(form, error.code === 4001 ? 'You did not sign, so nothing has happened.' : error.message);
  }
}

window.cvWallet = { sign };
