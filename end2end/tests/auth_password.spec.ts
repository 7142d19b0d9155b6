import { elsewhere, join, logOut, signIn, test } from '../support/people';
import { expect, keep } from '../support/test';
import { linkTo } from '../support/mailbox';
import { bothWays } from '../support/ways';

const changed = 'maple quartz lantern ferry';

bothWays(test, (go, javaScriptEnabled) => {
  test('a changed password signs out every other device, and this one stays', async ({ page, browser, desk, expectConsole }) => {
    expectConsole(/status of 4(01|22)/);
    const email = await join(page, '/settings/security', go);
    const other = await elsewhere(browser, desk, email, { javaScriptEnabled });

    await page.getByLabel('Current password').fill('not this one at all');
    await page.getByLabel('New password').fill(changed);
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/Is wrong/);
    await expect(page.getByLabel('Current password')).toBeFocused();
    await other.goto('/settings');
    await expect(other).toHaveURL('/settings');

    await page.getByLabel('Current password').fill('plum anchor violet teapot');
    await page.getByLabel('New password').fill(changed);
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();
    await keep(page, `password-changed-${javaScriptEnabled ? 'js' : 'plain'}`);
    await go(page, '/settings/sessions');
    await expect(page.getByTestId('sessions').getByRole('listitem')).toHaveCount(1);
    await other.goto('/settings');
    await expect(other).toHaveURL('/auth?next=/settings');
    await other.context().close();

    await logOut(page);
    await signIn(page, email);
    await expect(page.getByTestId('login').getByRole('alert')).toContainText('password is wrong');
    await signIn(page, email, changed);
    await expect(page.getByTestId('user-menu')).toBeVisible();
  });

  test('a forgotten password is set anew by the link in the mail, which counts once', async ({ page, context, expectConsole }) => {
    expectConsole(/status of 4\d\d/);
    const email = await join(page, '/markets', go);
    await logOut(page);
    await page.getByRole('link', { name: 'Forgotten your password?' }).click();
    await expect(page.getByRole('button', { name: 'Send me a link' })).toBeVisible();
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await expect(page).toHaveURL('/auth');
    await expect(page.getByRole('status').filter({ hasText: 'a mail with a link is on its way' })).toBeVisible();

    const link = await linkTo(context, email, '/auth/reset');
    await go(page, link);
    await page.getByLabel('New password').fill('password1234');
    await page.getByRole('button', { name: 'Set password' }).click();
    // A weak password does not use the link up.
    await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
    await page.getByLabel('New password').fill(changed);
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page).toHaveURL('/auth');
    await expect(page.getByRole('status').filter({ hasText: 'Your new password is set' })).toBeVisible();

    await signIn(page, email);
    await expect(page.getByTestId('login').getByRole('alert')).toContainText('password is wrong');
    await signIn(page, email, changed);
    await expect(page.getByTestId('user-menu')).toBeVisible();

    await go(page, link);
    await page.getByLabel('New password').fill('another quiet harbour lamp');
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page.getByTestId('reset').getByRole('alert')).toContainText('used already or is too old');
    await page.getByRole('link', { name: 'Ask for a new link' }).click();
    await expect(page.getByRole('button', { name: 'Send me a link' })).toBeVisible();
  });

  test('asking for a link tells nobody whether there is an account', async ({ page }) => {
    await go(page, '/auth/forgot');
    await page.getByLabel('E-mail address').fill('nobody-at-all@example.com');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'a mail with a link is on its way' })).toBeVisible();
  });
});
