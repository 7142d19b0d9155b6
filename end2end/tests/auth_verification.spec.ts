import { linkTo } from '../support/mailbox';
import { address, askForAccount, patient, signIn, test as people, tokens } from '../support/people';
import { Desk } from '../support/server';
import { expect, expectAccessible, keep } from '../support/test';
import { bothWays } from '../support/ways';

/** A desk where an account counts once its address is confirmed. */
const test = people.extend<object, { desk: Desk }>({
  desk: [async ({}, use) => {
    const desk = await Desk.start({ ...patient, REQUIRE_EMAIL_VERIFICATION: 'true' });
    await use(desk);
    await desk.stop();
  }, { scope: 'worker' }],
});

bothWays(test, (go, javaScriptEnabled) => {
  test('a new account is used once its address is confirmed, by the newest link', async ({ page, context, expectConsole }) => {
    expectConsole(/status of 4\d\d/);
    const email = address();
    await go(page, '/auth/register');
    await askForAccount(page, email);
    await expect(page.getByRole('status').filter({ hasText: 'A mail is on its way to you' })).toBeVisible();
    expect(await tokens(context)).toEqual([]);
    const first = await linkTo(context, email, '/auth/verify');

    // Nobody learns whether there is an account: neither by a wrong password nor by the right one.
    await go(page, '/auth');
    await signIn(page, email, 'not this one at all');
    await expect(page.getByTestId('login').getByRole('alert')).toContainText('address or the password is wrong');
    const answered = page.waitForResponse(/_fn\/auth\/login/);
    await signIn(page, email);
    await answered;
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled();
    await expect(page.getByTestId('login').getByRole('alert')).toContainText('address is not confirmed yet');
    expect(await tokens(context)).toEqual([]);
    if (javaScriptEnabled) await expectAccessible(page);
    await keep(page, `unconfirmed-${javaScriptEnabled ? 'js' : 'plain'}`);

    await page.getByRole('link', { name: 'Confirm your address' }).click();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send the mail again' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'a mail is on its way' })).toBeVisible();
    await expect(page.getByLabel('E-mail address')).toHaveValue(email);
    const second = await linkTo(context, email, '/auth/verify', first);

    await go(page, first);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByTestId('verify').getByRole('alert')).toContainText('used already or is too old');
    await page.getByRole('link', { name: 'Ask for a new link' }).click();
    await expect(page.getByRole('button', { name: 'Send the mail again' })).toBeVisible();

    await go(page, second);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page).toHaveURL('/auth');
    await expect(page.getByRole('status').filter({ hasText: 'Your e-mail address is confirmed' })).toBeVisible();
    await signIn(page, email);
    await expect(page).toHaveURL('/dashboard');
    await expect(page.getByTestId('user-menu')).toContainText('Ann Example');
  });

  test('an address that has an account is told so by mail, not on the page', async ({ page, context }) => {
    const email = address();
    const mailbox = await context.newPage();
    for (const mails of [1, 2]) {
      await go(page, '/auth/register');
      await askForAccount(page, email);
      await expect(page).toHaveURL('/auth/resend');
      await expect(page.getByRole('status').filter({ hasText: 'A mail is on its way to you' })).toBeVisible();
      await expect(async () => {
        await mailbox.goto('/dev/mailbox');
        await expect(mailbox.getByRole('listitem').filter({ hasText: email })).toHaveCount(mails, { timeout: 500 });
      }).toPass();
    }
    expect(await tokens(context)).toEqual([]);
  });
});
