import { elsewhere, join, signIn, test, tokens } from '../support/people';
import { expect } from '../support/test';
import { bothWays } from '../support/ways';

bothWays(test, (go, javaScriptEnabled) => {
  test('an account is deleted only by the word for it, and then nobody can sign in', async ({ page, context, expectConsole }) => {
    expectConsole(/status of 4(01|22)/);
    const email = await join(page, '/settings', go);
    await page.getByLabel('Confirmation').fill('yes please');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await expect(page.getByLabel('Confirmation')).toHaveAccessibleDescription(/Must be the word delete/);
    await expect(page.getByLabel('Confirmation')).toHaveValue('yes please');
    await page.getByLabel('Confirmation').fill('Delete');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await expect(page).toHaveURL('/markets');
    await expect(page.getByTestId('sign-in')).toBeVisible();
    expect(await tokens(context)).toEqual([]);
    await go(page, '/auth');
    await signIn(page, email);
    await expect(page.getByTestId('login').getByRole('alert')).toContainText('address or the password is wrong');
  });

  test('who logs out everywhere is out on every other device with its next act', async ({ page, context, browser, desk }) => {
    const email = await join(page, '/settings/sessions', go);
    const other = await elsewhere(browser, desk, email, { javaScriptEnabled });
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await expect(page).toHaveURL('/auth');
    expect(await tokens(context)).toEqual([]);
    await other.getByRole('link', { name: 'Security' }).click();
    await expect(other).toHaveURL(/\/auth\?next=\/settings/);
    await expect(other.getByTestId('sign-in')).toBeVisible();
    await other.context().close();
  });
});
