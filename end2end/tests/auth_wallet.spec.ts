import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Page } from '@playwright/test';
import { join, logOut, test } from '../support/people';
import { expect, open } from '../support/test';

/** Gives the browser a wallet that announces itself (EIP-6963) and signs (EIP-191). */
async function giveWallet(page: Page): Promise<string> {
  const key = secp256k1.utils.randomSecretKey();
  const point = secp256k1.getPublicKey(key, false).slice(1);
  const account = `0x${Buffer.from(keccak_256(point).slice(-20)).toString('hex')}`;
  await page.exposeFunction('signForTest', (hex: string) => {
    const message = Buffer.from(hex.slice(2), 'hex');
    const whole = Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`), message]);
    const signature = secp256k1.sign(keccak_256(whole), key, { prehash: false, format: 'recovered' });
    const [recovery = 0, ...rest] = signature;
    return `0x${Buffer.from([...rest, recovery + 27]).toString('hex')}`;
  });
  await page.addInitScript((address) => {
    const sign = (window as unknown as { signForTest(hex: string): Promise<string> }).signForTest;
    const provider = {
      request: async ({ method, params }: { method: string; params?: string[] }) =>
        (method === 'eth_requestAccounts' ? [address] : sign(params?.[0] ?? '')),
    };
    const info = { uuid: 'b3a1', name: 'Test wallet', icon: 'data:,', rdns: 'example.test' };
    const announce = (): void => {
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
    };
    addEventListener('eip6963:requestProvider', announce);
  }, account);
  return account;
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

test('a wallet is linked, and unlinked', async ({ page }) => {
  const account = await giveWallet(page);
  await join(page, '/settings/wallets');
  await page.getByRole('button', { name: 'Link a wallet' }).click();
  const wallet = page.getByTestId('wallets').getByRole('listitem').filter({ hasText: new RegExp(account, 'i') });
  await expect(wallet).toBeVisible();
  await wallet.getByRole('button', { name: 'Unlink' }).click();
  await expect(wallet).toHaveCount(0);
});
