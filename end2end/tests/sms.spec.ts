import { linkTo, textTo } from '../support/mailbox';
import { join, test } from '../support/people';
import { expect, expectAccessible, keep } from '../support/test';
import { deposit } from '../support/trading';
import { bothWays } from '../support/ways';

bothWays(test, (go, javaScriptEnabled) => {
  const way = javaScriptEnabled ? 'js' : 'plain';

  test('a telephone number is confirmed by a code, told what is chosen, and removed', async ({ page, context, expectConsole }) => {
    expectConsole(/status of 4\d\d/);
    // Nobody else's: codes to a number are counted.
    const phone = `+4930${Date.now() % 100_000_000}${javaScriptEnabled ? 1 : 2}`;
    await join(page, '/settings/notifications', go);
    const number = page.getByTestId('phone');
    await number.getByLabel('Telephone number').fill('030 1234');
    await number.getByRole('button', { name: 'Send me a code' }).click();
    await expect(number.getByText('Must be a telephone number with its country code')).toBeVisible();
    await expect(number.getByLabel('Telephone number')).toHaveValue('030 1234');
    await number.getByLabel('Telephone number').fill(phone);
    await number.getByRole('button', { name: 'Send me a code' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'A code is on its way' })).toBeVisible();
    if (javaScriptEnabled) await expectAccessible(page);
    await keep(page, `phone-code-${way}`);

    const code = (await textTo(context, phone)).slice(0, 6);
    const entry = page.getByTestId('phone-code');
    await entry.getByLabel('Code').fill(code === '000000' ? '111111' : '000000');
    await entry.getByRole('button', { name: 'Confirm the number' }).click();
    await expect(entry.getByText('4 tries are left')).toBeVisible();
    await entry.getByLabel('Code').fill(code);
    await entry.getByRole('button', { name: 'Confirm the number' }).click();
    await expect(page.getByRole('status').filter({ hasText: `The number ${phone} is confirmed.` })).toBeVisible();

    const wanted = page.getByTestId('sms-preferences');
    await expect(wanted.getByLabel('Alerts')).not.toBeChecked();
    await wanted.getByLabel('Alerts').check();
    await wanted.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'how you are told from now on' })).toBeVisible();
    await go(page, '/settings/notifications');
    await expect(wanted.getByLabel('Alerts')).toBeChecked();
    await expect(wanted.getByLabel('Withdrawals')).not.toBeChecked();
    await expect(page.getByTestId('preferences').getByLabel('Withdrawals')).toBeChecked();
    if (javaScriptEnabled) await expectAccessible(page);
    await keep(page, `phone-${way}`);

    await page.getByText('Another number, or none').click();
    await page.getByRole('button', { name: 'Remove this number' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The number is removed' })).toBeVisible();
    await expect(number.getByRole('button', { name: 'Send me a code' })).toBeVisible();
    await expect(wanted).toHaveCount(0);
  });

  test('mails of a kind end by the link in one of them, for who is not signed in, too', async ({ page, context, browser, baseURL }) => {
    test.slow();
    const email = await join(page, '/alerts?new=portfolio', go);
    await go(page, await linkTo(context, email, '/auth/verify'));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page).not.toHaveURL(/verify/);
    await go(page, '/alerts?new=portfolio');
    const form = page.getByTestId('add-alert');
    await form.getByLabel('Value').fill('500');
    await form.getByRole('button', { name: 'Set alert' }).click();
    await expect(async () => {
      await go(page, '/alerts');
      await expect(page.getByTestId('alerts')).toContainText('Waits for it', { timeout: 500 });
    }).toPass();
    await go(page, '/wallet');
    await deposit(page, { USD: '600' });
    const link = await linkTo(context, email, '/auth/unsubscribe');

    const stranger = await browser.newContext({ javaScriptEnabled, ...(baseURL ? { baseURL } : {}) });
    const elsewhere = await stranger.newPage();
    await go(elsewhere, link);
    await keep(elsewhere, `unsubscribe-${way}`);
    await elsewhere.getByRole('button', { name: 'Turn off mails about alerts' }).click();
    await expect(elsewhere.getByRole('status').filter({ hasText: 'You get no more mails about alerts.' })).toBeVisible();
    await go(elsewhere, `${link.slice(0, -4)}AAAA`);
    await expect(elsewhere.getByText('Nothing was changed.')).toBeVisible();
    await stranger.close();

    await go(page, '/settings/notifications');
    const wanted = page.getByTestId('preferences');
    await expect(wanted.getByLabel('Alerts')).not.toBeChecked();
    await expect(wanted.getByLabel('Withdrawals')).toBeChecked();
  });
});
