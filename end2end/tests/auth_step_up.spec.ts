import type { Page } from '@playwright/test';
import { join, logOut, password, signIn, test, totp, turnOnSecondFactor } from '../support/people';
import { expect, keep } from '../support/test';
import { bothWays } from '../support/ways';

/*
 * What can't be undone asks for a fresh proof of who is there. Signing in is one, for five minutes.
 */

async function confirm(page: Page, secret: string): Promise<void> {
  await page.getByTestId('step-up').getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Confirm' }).click();
}

bothWays(test, (go, javaScriptEnabled) => {
  const way = javaScriptEnabled ? 'js' : 'plain';

  test('what needs a proof asks for it first, refuses a wrong one, and then works', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 401/);
    await join(page, '/settings/api-keys', go);
    desk.letProofsGrowOld();
    await go(page, '/settings/api-keys');
    await expect(page.getByText('To make a key, please confirm that it is you.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Make key' })).toHaveCount(0);
    await confirm(page, 'not this one at all');
    await expect(page.getByTestId('step-up').getByRole('alert')).toContainText('wrong');
    await confirm(page, password);
    await expect(page.getByRole('status').filter({ hasText: 'For five minutes nothing more is asked' })).toBeVisible();
    await page.getByLabel('Name').fill('Bot');
    await page.getByLabel('Read').check();
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByTestId('api-secret')).toBeVisible();
  });

  test('a form that was sent too late is done as soon as the proof is there', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 40[13]/);
    await join(page, '/settings/api-keys', go);
    await page.getByLabel('Name').fill('Bot & co, “ü”');
    await page.getByLabel('Trade').check();
    await page.getByLabel('Allowed addresses').fill('192.0.2.0/24, 198.51.100.7');
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'Please confirm that it is you' })).toBeVisible();
    await expect(page.getByText('It is done as soon as you have.')).toBeVisible();
    await expect(page.getByTestId('step-up').getByLabel('Password')).toBeFocused();
    await keep(page, `step-up-${way}`);
    // A slip in between costs nothing.
    await confirm(page, 'not this one at all');
    await expect(page.getByTestId('step-up').getByRole('alert')).toContainText('wrong');
    await confirm(page, password);
    await expect(page.getByTestId('api-secret')).toHaveText(/^\S{43}$/);
    const key = page.getByTestId('api-keys').getByRole('listitem');
    await expect(key).toHaveCount(1);
    await expect(key).toContainText('Bot & co, “ü”');
    await expect(key).toContainText('trade; ends never');
  });

  test('what is wrong with a form that waited stands in it after the proof', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 403/);
    await join(page, '/settings/api-keys', go);
    await page.getByLabel('Name').fill('Bot');
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Make key' }).click();
    await confirm(page, password);
    await expect(page.getByText('Must name at least one')).toBeVisible();
    await expect(page.getByLabel('Name')).toHaveValue('Bot');
    await page.getByLabel('Read').check();
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByTestId('api-secret')).toBeVisible();
  });

  test('what is not kept is asked for again: a key gets no more than was meant', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 403/);
    await join(page, '/settings/api-keys', go);
    await page.getByLabel('Name').fill('Bot');
    await page.getByLabel('Read').check();
    // More than a cookie holds.
    await page.getByLabel('Allowed addresses').fill(Array.from({ length: 40 }, (_, at) => `192.0.2.${at}`).join(','));
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Make key' }).click();
    await expect(page.getByText('To make a key, please confirm that it is you.')).toBeVisible();
    await expect(page.getByText('It is done as soon as you have.')).toHaveCount(0);
    await confirm(page, password);
    await expect(page.getByRole('button', { name: 'Make key' })).toBeVisible();
    await expect(page.getByText('There are none yet')).toBeVisible();
  });

  test('what waits on one page is not done by a proof on another', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 403/);
    const email = await join(page, '/settings', go);
    await page.getByLabel('Confirmation').fill('delete');
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await expect(page.getByText('It is done as soon as you have.')).toBeVisible();
    await go(page, '/settings/api-keys');
    await confirm(page, password);
    await expect(page.getByRole('button', { name: 'Make key' })).toBeVisible();
    await logOut(page);
    await signIn(page, email);
    await expect(page.getByTestId('user-menu')).toBeVisible();
  });

  test('the second factor is turned off after a fresh code, and then no code is asked for', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 40[13]/);
    const email = await join(page, '/settings/security', go);
    const secret = await turnOnSecondFactor(page);
    await go(page, '/settings/security');
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Turn off' }).click();
    // The password would not do: a code is asked for.
    await expect(page.getByTestId('step-up').getByLabel('Password')).toHaveCount(0);
    const code = page.getByRole('textbox', { name: 'Code' });
    await code.fill('000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByTestId('step-up').getByRole('alert')).toContainText('wrong');
    // The one that turned it on counts no more; the next one does already.
    await code.fill(totp(secret, 1));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The second factor is off' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
    await logOut(page);
    await signIn(page, email);
    await expect(page).toHaveURL('/dashboard');
    await expect(page.getByTestId('user-menu')).toBeVisible();
  });

  test('new recovery codes are made after the proof, and shown once', async ({ page, desk, expectConsole }) => {
    expectConsole(/status of 40[13]/);
    await join(page, '/settings/security', go);
    const secret = await turnOnSecondFactor(page);
    const codes = page.getByTestId('recovery-codes').getByRole('listitem');
    const first = await codes.allInnerTexts();
    await go(page, '/settings/security');
    desk.letProofsGrowOld();
    await page.getByRole('button', { name: 'Make new recovery codes' }).click();
    await page.getByRole('textbox', { name: 'Code' }).fill(totp(secret, 1));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(codes).toHaveCount(10);
    const second = await codes.allInnerTexts();
    expect(second.filter((code) => first.includes(code))).toEqual([]);
  });
});
