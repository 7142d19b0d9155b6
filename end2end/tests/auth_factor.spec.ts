import type { Page } from '@playwright/test';
import { address, logOut, register, signIn, test, totp } from '../support/people';
import { expect, expectAccessible, keep, open, unusedPreload } from '../support/test';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });
    test.beforeEach(({ expectConsole }) => {
      if (!javaScriptEnabled) expectConsole(unusedPreload);
    });
    const go = async (page: Page, path: string): Promise<void> => {
      if (javaScriptEnabled) await open(page, path);
      else await page.goto(path);
    };

    test('register, confirm the address, set up a second factor, and come in by a recovery code', async ({ page, expectConsole }) => {
      expectConsole(/status of 401/);
      const email = address();
      await go(page, '/auth/register?next=/settings');
      await register(page, email, '/settings');
      await expect(page.getByText('is not confirmed yet')).toBeVisible();

      await expect(async () => {
        await go(page, '/dev/mailbox');
        await expect(page.getByRole('listitem').filter({ hasText: email })).toBeVisible({ timeout: 500 });
      }).toPass();
      await page.getByRole('listitem').filter({ hasText: email }).getByRole('link').click();
      await page.getByRole('link', { name: /\/auth\/verify\?token=/ }).click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'confirmed' })).toBeVisible();
      await expect(page.getByText(`${email} (confirmed)`)).toBeVisible();

      await go(page, '/settings/security');
      await page.getByRole('button', { name: 'Set up' }).click();
      const secret = await page.getByTestId('totp-secret').innerText();
      await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
      // A wrong code: the same secret stays.
      await page.getByRole('textbox', { name: 'Code' }).fill('000000');
      await page.getByRole('button', { name: 'Turn on' }).click();
      await expect(page.getByTestId('enable').getByRole('alert')).toContainText('wrong');
      await expect(page.getByTestId('totp-secret')).toHaveText(secret);
      await keep(page, `second-factor-setup-${javaScriptEnabled ? 'js' : 'plain'}`);
      await page.getByRole('textbox', { name: 'Code' }).fill(totp(secret));
      await page.getByRole('button', { name: 'Turn on' }).click();
      const codes = page.getByTestId('recovery-codes').getByRole('listitem');
      await expect(codes).toHaveCount(10);
      const recovery = await codes.first().innerText();
      // They are shown this once.
      await go(page, '/settings/security');
      await expect(codes).toHaveCount(0);

      await logOut(page);
      await go(page, '/auth?next=/settings/sessions');
      await signIn(page, email);
      await expect(page).toHaveURL(/\/auth\/second-factor\?next=/);
      await page.getByRole('textbox', { name: 'Code' }).fill('000000');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByTestId('second-factor').getByRole('alert')).toContainText('wrong');
      await page.getByRole('textbox', { name: 'Code' }).fill(recovery);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page).toHaveURL('/settings/sessions');
      await expect(page.getByText('This device')).toBeVisible();
    });

    test('an API key is shown once, after a fresh proof', async ({ page, expectConsole }) => {
      expectConsole(/status of 4(01|22)/);
      await go(page, '/auth/register?next=/settings/api-keys');
      await register(page, address(), '/settings/api-keys');
      await page.getByLabel('Name').fill('Bot');
      await page.getByRole('button', { name: 'Make key' }).click();
      await expect(page.getByText('Must name at least one')).toBeVisible();
      await expect(page.getByLabel('Name')).toHaveValue('Bot');
      await page.getByLabel('Read').check();
      await page.getByRole('button', { name: 'Make key' }).click();
      await expect(page.getByTestId('api-secret')).toHaveText(/^\S{43}$/);
      await expect(page.getByTestId('api-keys').getByRole('listitem')).toHaveCount(1);
      await go(page, '/settings/api-keys');
      await expect(page.getByTestId('api-secret')).toHaveCount(0);
      await page.getByTestId('api-keys').getByRole('button', { name: 'Delete' }).click();
      await expect(page.getByText('There are none yet')).toBeVisible();
    });
  });
}

for (const viewport of [{ width: 360, height: 740 }, { width: 1280, height: 800 }]) {
  test(`settings can be used by everybody, ${viewport.width} wide`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await open(page, '/auth/register?next=/settings');
    await register(page, address(), '/settings');
    for (const path of ['', '/security', '/sessions', '/api-keys', '/wallets', '/appearance']) {
      await open(page, `/settings${path}`);
      await expectAccessible(page);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(sideways, `horizontal scrolling in ${path}`).toBeLessThanOrEqual(0);
      await keep(page, `settings${path.replace('/', '-')}-${viewport.width}`);
    }
  });
}
