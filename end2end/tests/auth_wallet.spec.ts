import type { Page, Route } from '@playwright/test';
import { join, logOut, test } from '../support/people';
import { expect, open } from '../support/test';
import { Wallet } from '../support/wallet';

interface Given {
  name?: string;
  owner?: 'signs' | 'refuses' | 'hesitates';
  /** Announces itself (EIP-6963), or stands in the window as wallets did before (EIP-1193). */
  way?: 'announces' | 'stands';
}

/** Gives the browser a wallet that signs (EIP-191). The page counts how often one was asked for its account. */
async function giveWallet(page: Page, { name = 'Test wallet', owner = 'signs', way = 'announces' }: Given = {}): Promise<string> {
  const wallet = new Wallet();
  const signer = `sign with ${name}`;
  await page.exposeFunction(signer, (hex: string) => wallet.sign(Buffer.from(hex.slice(2), 'hex')));
  await page.addInitScript(({ address, name, signer, owner, way }) => {
    const sign = (window as unknown as Record<string, (hex: string) => Promise<string>>)[signer];
    const provider = {
      request: async ({ method, params }: { method: string; params?: string[] }) => {
        if (method === 'eth_requestAccounts') {
          const { dataset } = document.documentElement;
          dataset.asked = String(Number(dataset.asked ?? 0) + 1);
          if (owner === 'hesitates') await new Promise((resume) => { addEventListener('decided', resume, { once: true }); });
          return [address];
        }
        if (owner === 'refuses') throw Object.assign(new Error('User rejected the request.'), { code: 4001 });
        return sign?.(params?.[0] ?? '');
      },
    };
    if (way === 'stands') {
      Object.assign(window, { ethereum: provider });
      return;
    }
    const info = { uuid: name, name, icon: 'data:,', rdns: 'example.test' };
    const announce = (): void => {
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
    };
    addEventListener('eip6963:requestProvider', announce);
  }, { address: wallet.account, name, signer, owner, way });
  return wallet.account;
}

test('without a wallet the button explains', async ({ page }) => {
  await open(page, '/auth');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page.getByTestId('wallet').getByRole('alert')).toContainText('no Ethereum wallet');
});

test('a wallet signs in to an account of its own, twice to the same', async ({ page }) => {
  const account = await giveWallet(page);
  await open(page, '/auth?next=/settings');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText(account.slice(0, 6));
  await page.getByLabel('Name').fill('Wanda');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('user-menu')).toContainText('Wanda');
  await logOut(page);
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page.getByTestId('user-menu')).toContainText('Wanda');
});

test('a wallet that does not announce itself is found where older ones stand', async ({ page }) => {
  const account = await giveWallet(page, { way: 'stands' });
  await open(page, '/auth?next=/settings');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText(account.slice(0, 6));
});

test('a wallet that announces itself is taken, not one that took the place in the window', async ({ page }) => {
  await giveWallet(page, { name: 'Old one', way: 'stands' });
  const account = await giveWallet(page, { name: 'New one' });
  await open(page, '/auth?next=/settings');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText(account.slice(0, 6));
});

test('of several wallets the one that is picked signs, and no other is asked', async ({ page }) => {
  await giveWallet(page, { name: 'Alpha', owner: 'refuses' });
  const account = await giveWallet(page, { name: 'Beta' });
  await open(page, '/auth?next=/settings');
  const form = page.getByTestId('wallet');
  await form.getByRole('button', { name: 'Sign in with a wallet' }).click();
  const [alpha, beta] = [form.getByRole('button', { name: 'Alpha' }), form.getByRole('button', { name: 'Beta' })];
  // Whoever has no mouse goes on from here.
  await expect(alpha).toBeFocused();
  await expect(page.locator('html')).not.toHaveAttribute('data-asked', /./);
  await page.keyboard.press('Tab');
  await expect(beta).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText(account.slice(0, 6));
  await expect(page.locator('html')).toHaveAttribute('data-asked', '1');
});

test('who picked a wallet that does not sign can pick another', async ({ page }) => {
  await giveWallet(page, { name: 'Alpha', owner: 'refuses' });
  const account = await giveWallet(page, { name: 'Beta' });
  await open(page, '/auth?next=/settings');
  const form = page.getByTestId('wallet');
  const begin = form.getByRole('button', { name: 'Sign in with a wallet' });
  await begin.click();
  await form.getByRole('button', { name: 'Alpha' }).click();
  await expect(form.getByRole('alert')).toContainText('You did not sign');
  await expect(form.getByRole('button', { name: 'Alpha' })).toHaveCount(0);
  await begin.click();
  await form.getByRole('button', { name: 'Beta' }).click();
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText(account.slice(0, 6));
});

test('a wallet is linked, and unlinked', async ({ page }) => {
  const account = await giveWallet(page);
  await join(page, '/settings/wallets');
  await page.getByRole('button', { name: 'Link a wallet' }).click();
  const wallet = page.getByTestId('wallets').getByRole('listitem').filter({ hasText: new RegExp(account, 'i') });
  await expect(wallet).toBeVisible();
  await wallet.getByRole('button', { name: 'Unlink' }).click();
  await expect(wallet).toHaveCount(0);
});

test('an account with only a wallet proves afresh who is there by signing', async ({ page, desk }) => {
  await giveWallet(page);
  await open(page, '/auth?next=/settings');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page).toHaveURL('/settings');
  desk.letProofsGrowOld();
  await open(page, '/settings/api-keys');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('button', { name: 'Make key' })).toBeVisible();
});

/** The limit of 30 seconds is over when the test says so. */
async function holdTheLimit(page: Page) {
  await page.evaluate(() => {
    AbortSignal.timeout = () => {
      const limit = new AbortController();
      addEventListener('too late', () => limit.abort(new DOMException('late', 'TimeoutError')), { once: true });
      return limit.signal;
    };
  });
}

async function endTheWait(page: Page) {
  await page.evaluate(() => dispatchEvent(new Event('too late')));
}

test('what can\'t be asked of the server is told, and works when it can', async ({ page, expectConsole }) => {
  expectConsole(/Failed to load resource/);
  await giveWallet(page);
  await open(page, '/auth?next=/settings');
  const button = page.getByRole('button', { name: 'Sign in with a wallet' });
  const says = page.getByTestId('wallet').getByRole('alert');
  const ids: (string | undefined)[] = [];
  const answers = [
    { does: (route: Route) => route.abort(), told: 'could not be reached' },
    { does: () => endTheWait(page), told: 'did not answer in time' },
    { does: (route: Route) => route.fulfill({ status: 502, body: '<html>Bad gateway</html>' }), told: 'could not be read' },
    {
      does: (route: Route) => route.fulfill({ status: 429, json: { code: 'rate_limited', detail: 'Slow down, please.' } }),
      told: 'Slow down, please.',
    },
  ];
  await holdTheLimit(page);
  for (const { does, told } of answers) {
    await page.route('**/_fn/auth/wallet/nonce', (route) => {
      ids.push(route.request().headers()['x-request-id']);
      return does(route);
    });
    await button.click();
    await expect(says).toContainText(told);
    await page.unroute('**/_fn/auth/wallet/nonce');
  }
  // Each can be found in the server's log by its own name.
  expect(new Set(ids).size).toBe(answers.length);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  await button.click();
  await expect(page).toHaveURL('/settings');
});

test('who does not sign has done nothing', async ({ page }) => {
  await giveWallet(page, { owner: 'refuses' });
  await open(page, '/auth');
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  await expect(page.getByTestId('wallet').getByRole('alert')).toContainText('You did not sign');
  await expect(page).toHaveURL('/auth');
});

test('while the wallet asks its owner, the button asks for nothing more', async ({ page }) => {
  await giveWallet(page, { owner: 'hesitates' });
  await open(page, '/auth?next=/settings');
  const button = page.getByRole('button', { name: 'Sign in with a wallet' });
  await button.click();
  await expect(button).toHaveAttribute('aria-busy', 'true');
  await expect(page.locator('html')).toHaveAttribute('data-asked', '1');
  await button.click();
  await button.click();
  await page.evaluate(() => dispatchEvent(new Event('decided')));
  await expect(page).toHaveURL('/settings');
  await expect(page.locator('html')).toHaveAttribute('data-asked', '1');
});

test('a script for wallets that can\'t be loaded is told of, and loaded at the next try', async ({ page, expectConsole }) => {
  expectConsole(/Failed to load resource/);
  await giveWallet(page);
  await open(page, '/auth?next=/settings');
  await page.route('**/js/wallet.js*', (route) => route.abort());
  const button = page.getByRole('button', { name: 'Sign in with a wallet' });
  await button.click();
  const says = page.getByTestId('wallet').getByRole('alert');
  await expect(says).toContainText('could not be reached');
  await expect(says).toBeFocused();
  await page.unroute('**/js/wallet.js*');
  await button.click();
  await expect(page).toHaveURL('/settings');
});

test('what is wrong with what a wallet signed is told by its form', async ({ page, expectConsole }) => {
  expectConsole(/status of 422/);
  await giveWallet(page);
  await open(page, '/auth');
  await page.route('**/_fn/auth/wallet/verify', (route) => {
    const fields = new URLSearchParams(route.request().postData() ?? '');
    fields.set('message', 'Another message');
    return route.continue({ postData: fields.toString() });
  });
  await page.getByRole('button', { name: 'Sign in with a wallet' }).click();
  const says = page.getByTestId('wallet').getByRole('alert');
  await expect(says).toContainText(/Message \w/);
  await expect(says).toBeFocused();
});
