import { address, join, logOut, password, register, signIn, test, tokens } from '../support/people';
import { expect, keep, open } from '../support/test';
import { bothWays } from '../support/ways';

bothWays(test, (go, javaScriptEnabled) => {
  test('register, sign out, sign in, and back to where one came from', async ({ page, context }) => {
    const email = address();
    await go(page, '/auth/register?next=/coins/bitcoin');
    await register(page, email, '/coins/bitcoin');
    expect(await tokens(context)).toEqual(['access_token', 'refresh_token']);
    await logOut(page);
    expect(await tokens(context)).toEqual([]);
    await go(page, '/settings');
    await expect(page).toHaveURL('/auth?next=/settings');
    await signIn(page, email);
    await expect(page).toHaveURL('/settings');
    await expect(page.locator('h1')).toHaveText('Settings');
    // Who is in already has nothing to do there.
    await page.goto('/auth?next=/coins/bitcoin');
    await expect(page).toHaveURL('/coins/bitcoin');
  });

  test('what is wrong stands beside its field, and what was typed stays', async ({ page, expectConsole }) => {
    expectConsole(/status of 4(01|22)/);
    await go(page, '/auth/register');
    await page.getByLabel('Name').fill('Ann');
    await page.getByLabel('E-mail address').fill('ann@localhost..example');
    await page.getByLabel('E-mail address').evaluate((field) => field.setAttribute('type', 'text'));
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    const email = page.getByLabel('E-mail address');
    await expect(email).toHaveAttribute('aria-invalid', 'true');
    await expect(email).toHaveAccessibleDescription(/Must be an e-mail address/);
    await expect(email).toBeFocused();
    await expect(email).toHaveValue('ann@localhost..example');
    await expect(page.getByLabel('Name')).toHaveValue('Ann');
    await keep(page, `register-wrong-${javaScriptEnabled ? 'js' : 'plain'}`);
    await go(page, '/auth');
    await signIn(page, 'nobody@example.com', 'something else entirely');
    const alert = page.getByTestId('login').getByRole('alert');
    await expect(alert).toContainText('address or the password is wrong');
    // Nothing is said about a field: the focus is led to what is said about all.
    await expect(alert).toBeFocused();
    await expect(page.getByLabel('E-mail address')).toHaveValue('nobody@example.com');
    await expect(page.getByLabel('Password')).toHaveValue(javaScriptEnabled ? 'something else entirely' : '');
  });
});

bothWays(test, (go) => {
  test('signing in leads back to the very page, with its query', async ({ page }) => {
    const email = await join(page, '/markets', go);
    await logOut(page);
    for (const address of ['/markets?sort=name&search=b%26c', '/coins/bitcoin?days=7', '/markets']) {
      await go(page, address);
      await page.getByTestId('sign-in').click();
      await signIn(page, email);
      await expect(page).toHaveURL(address);
      await logOut(page);
    }
  });
});

test('signing in takes no mouse', async ({ page, expectConsole }) => {
  expectConsole(/status of 401/);
  const email = await join(page, '/markets');
  await logOut(page);
  await open(page, '/auth?next=/settings');
  const reach = async (name: string): Promise<void> => {
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press('Tab');
      const focus = page.locator('main :focus');
      if (await focus.count() === 0) continue;
      // What has the focus shows it.
      await expect(focus).toHaveCSS('outline-style', 'solid');
      if (await focus.evaluate((at, wanted) => (at as HTMLInputElement).name === wanted || at.textContent === wanted, name)) return;
    }
    throw new Error(`${name} was not reached by Tab`);
  };
  await reach('email');
  await page.keyboard.type(email);
  await reach('password');
  await page.keyboard.type('not this one at all');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('login').getByRole('alert')).toContainText('password is wrong');
  // The focus is led to what is wrong, and on from there to the fields.
  await expect(page.getByTestId('login').getByRole('alert')).toBeFocused();
  await reach('password');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(password);
  await reach('Sign in');
  await page.keyboard.press('Space');
  await expect(page).toHaveURL('/settings');
  await expect(page.getByTestId('user-menu')).toContainText('Ann Example');
});
