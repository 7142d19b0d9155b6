import { address, logOut, register, signIn, test, totp } from '../support/people';
import { expect, keep } from '../support/test';
import { bothWays } from '../support/ways';

bothWays(test, (go, javaScriptEnabled) => {
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
    await expect(page.getByRole('heading', { name: 'Recovery codes' })).toBeFocused();
    await expect(codes.first()).toBeInViewport();
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
    // Loading the page again does not end a sign-in.
    const half = page.url();
    expect(half).not.toContain('token');
    await go(page, half);
    await expect(page.getByRole('textbox', { name: 'Code' })).toBeFocused();
    await page.getByRole('textbox', { name: 'Code' }).fill(recovery);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page).toHaveURL('/settings/sessions');
    await expect(page.getByText('This device')).toBeVisible();
  });
});
