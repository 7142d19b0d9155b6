import { elsewhere, join } from '../support/people';
import { expect, open } from '../support/test';
import { another, deposit, type Order, place, review, START, test, trader } from '../support/trading';
import { bothWays } from '../support/ways';

const quantity = { 'Quantity (BTC)': '0.1' };

/** Each type, what it waits for, and where the price must go. */
const TYPES: { order: Order; told: string; moves: number[] }[] = [
  { order: { side: 'Buy', type: 'Limit', fields: { ...quantity, 'Price (USD)': '59000' } }, told: 'waits in the book', moves: [58_900] },
  { order: { side: 'Sell', type: 'Stop', fields: { ...quantity, 'Stop price (USD)': '59000' } }, told: 'waits for its price', moves: [58_900] },
  { order: { side: 'Sell', type: 'Stop limit', fields: { ...quantity, 'Stop price (USD)': '59000', 'Price (USD)': '58000' } }, told: 'waits for its price', moves: [58_900] },
  { order: { side: 'Sell', type: 'Take profit', fields: { ...quantity, 'Stop price (USD)': '61000' } }, told: 'waits for its price', moves: [61_100] },
  { order: { side: 'Sell', type: 'Take profit limit', fields: { ...quantity, 'Stop price (USD)': '61000', 'Price (USD)': '60500' } }, told: 'waits for its price', moves: [61_100] },
  { order: { side: 'Sell', type: 'Trailing stop', fields: { ...quantity, 'Distance (USD or %)': '1%' } }, told: 'waits for its price', moves: [61_500, 60_800] },
];

for (const { order, told, moves } of TYPES) {
  test(`an order of the type ${order.type} is filled when the price comes, without loading the page`, async ({ page, market }) => {
    test.slow();
    await trader(page, { USD: '20000', BTC: '0.2' });
    await place(page, order, told);
    await expect(page.getByTestId('open-orders')).toContainText(`${order.side} 0.1 BTC`);
    let loads = 0;
    page.on('load', () => { loads += 1; });
    for (const price of moves) {
      market.set('bitcoin', price);
      await expect(page.locator('[data-field=price]').first()).toContainText(price.toLocaleString('en-US'));
    }
    await expect(page.getByTestId('fills').getByRole('row')).toHaveCount(2);
    await expect(page.locator('.toast')).toContainText(order.side === 'Buy' ? 'Bought 0.1 BTC' : 'Sold 0.1 BTC');
    await expect(page.getByText('No order waits.')).toBeVisible();
    await expect(page.getByTestId('order-history')).toContainText('Filled');
    expect(loads).toBe(0);
  });
}

test('of two linked orders one is filled and the other ends', async ({ page, market }) => {
  test.slow();
  await trader(page, { BTC: '0.2' });
  const fields = { ...quantity, 'Price (USD)': '61000', 'Stop price (USD)': '59000' };
  await place(page, { side: 'Sell', type: 'OCO', fields }, 'One cancels the other');
  await expect(page.getByTestId('open-orders').getByRole('row')).toHaveCount(3);
  await expect(page.getByTestId('available-BTC')).toContainText('0.1 held');
  market.set('bitcoin', 61_100);
  await expect(page.getByTestId('fills').getByRole('row')).toHaveCount(2);
  const history = page.getByTestId('order-history');
  await expect(history).toContainText('Filled');
  await expect(history).toContainText('the order it was linked with came first');
  await expect(page.getByText('No order waits.')).toBeVisible();
});

test('two people trade with each other, in parts, and both see it at once', async ({ page, browser, exchange }) => {
  test.slow();
  const bob = await another(browser, exchange, { BTC: '0.2' });
  // Between what the house asks and bids.
  const fields = { 'Quantity (BTC)': '0.1', 'Price (USD)': String(START) };
  await place(bob, { side: 'Sell', type: 'Limit', fields }, 'waits in the book');
  await trader(page, { USD: '30000' });
  await expect(page.getByTestId('book')).toContainText('60,000.00');
  await place(page, { side: 'Buy', type: 'Limit', fields: { ...fields, 'Quantity (BTC)': '0.3' } }, 'The rest waits in the book');
  await expect(page.getByTestId('open-orders')).toContainText('Partly filled');
  await expect(page.getByTestId('fills')).toContainText('Buy 0.1 BTC');
  await expect(bob.getByTestId('fills')).toContainText('Sell 0.1 BTC');
  await expect(bob.locator('.toast')).toContainText('Sold 0.1 BTC at $60,000.00');
  await expect(bob.getByText('No order waits.')).toBeVisible();
  await bob.context().close();
});

bothWays(test, (go) => {
  test('an order is cancelled and what was held is free again', async ({ page }) => {
    await trader(page, { USD: '1000' }, go);
    const fields = { ...quantity, 'Price (USD)': '5000' };
    await place(page, { side: 'Buy', type: 'Limit', fields }, 'waits in the book');
    await expect(page.getByTestId('available-USD')).toContainText('held');
    await page.getByRole('button', { name: 'Cancel order: Buy 0.1 BTC' }).click();
    await expect(page.locator('.form-done')).toContainText('The order is cancelled.');
    await expect(page.getByTestId('available-USD')).toHaveText('1,000');
    await expect(page.getByText('No order waits.')).toBeVisible();
  });

  test('all orders are cancelled when one has said so twice', async ({ page }) => {
    await trader(page, { USD: '5000' }, go);
    for (const price of ['5000', '6000']) {
      await place(page, { side: 'Buy', type: 'Limit', fields: { ...quantity, 'Price (USD)': price } }, 'waits in the book');
    }
    const rows = page.getByTestId('open-orders').getByRole('row');
    await expect(rows).toHaveCount(3);
    await page.getByText('Cancel all orders of all pairs').click();
    await expect(rows).toHaveCount(3);
    await page.getByRole('button', { name: 'Yes, cancel all of them' }).click();
    await expect(page.getByText('No order waits.')).toBeVisible();
  });

  test('an order can be cancelled on a phone without looking for the button', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await trader(page, { USD: '1000' }, go);
    await place(page, { side: 'Buy', type: 'Limit', fields: { ...quantity, 'Price (USD)': '5000' } }, 'waits in the book');
    const cancel = page.getByRole('button', { name: 'Cancel order: Buy 0.1 BTC' });
    await cancel.scrollIntoViewIfNeeded();
    await expect(cancel).toBeInViewport({ ratio: 1 });
  });

  test('an order that is too dear says what is missing and can not be placed', async ({ page }) => {
    await trader(page, { USD: '100' }, go);
    await review(page, { side: 'Buy', type: 'Market', fields: { 'Quantity (BTC)': '1' } });
    await expect(page.getByTestId('review')).toContainText('Not enough USD is available');
    await expect(page.getByRole('button', { name: /^Place/ })).toHaveCount(0);
    await page.getByRole('link', { name: 'Change it' }).click();
    await expect(page.getByLabel('Quantity (BTC)')).toHaveValue('1');
  });

  test('a mistyped order keeps what was typed and says what is wrong', async ({ page }) => {
    await trader(page, { USD: '100' }, go);
    await review(page, { side: 'Buy', type: 'Limit', fields: { 'Price (USD)': 'cheap', 'Quantity (BTC)': '0.5' } });
    await expect(page.getByText('Must be a decimal number')).toBeVisible();
    await expect(page.getByLabel('Price (USD)')).toHaveValue('cheap');
    await expect(page.getByLabel('Price (USD)')).toBeFocused();
    await expect(page.getByLabel('Quantity (BTC)')).toHaveValue('0.5');
  });
});

test('an order that is changed is looked at again before it can be placed', async ({ page }) => {
  await trader(page, { USD: '1000' });
  const order: Order = { side: 'Buy', type: 'Market', fields: { 'or for (USD)': '100' } };
  await review(page, order);
  await expect(page.getByTestId('review')).toContainText('Buy BTC for 100 USD');
  await page.getByLabel('or for (USD)').fill('10');
  await expect(page.getByTestId('review')).toHaveCount(0);
  await page.getByRole('button', { name: 'Review order' }).click();
  await expect(page.getByTestId('review')).toContainText('Buy BTC for 10 USD');
  // Again without a change: prices have moved on.
  await page.getByRole('button', { name: 'Review order' }).click();
  await expect(page.getByTestId('review')).toContainText('Buy BTC for 10 USD');
});

test('the chart stays as it was chosen while orders are written and cancelled', async ({ page }) => {
  await trader(page, { USD: '1000' });
  await page.getByRole('link', { name: '7D' }).click();
  await expect(page).toHaveURL(/range=7d/);
  const fields = { ...quantity, 'Price (USD)': '5000' };
  await place(page, { side: 'Buy', type: 'Limit', fields }, 'waits in the book');
  await expect(page).toHaveURL(/range=7d/);
  await page.getByRole('button', { name: 'Cancel order: Buy 0.1 BTC' }).click();
  await expect(page.locator('.form-done')).toContainText('The order is cancelled.');
  await expect(page.getByRole('link', { name: '7D' })).toHaveAttribute('aria-current', 'true');
});

test('who signs out elsewhere sees nothing of the account any more', async ({ page, browser, exchange, expectConsole }) => {
  test.slow();
  expectConsole(/WebSocket|Failed to load resource/);
  const email = await join(page, '/wallet');
  await deposit(page, { USD: '1000' });
  await open(page, '/trade/BTC-USD');
  await expect(page.getByTestId('available-USD')).toHaveText('1,000');
  const other = await elsewhere(browser, exchange, email);
  await open(other, '/settings/sessions');
  await other.getByRole('button', { name: 'Log out everywhere' }).click();
  await other.context().close();
  await expect(page.getByTestId('available-USD')).toHaveCount(0, { timeout: 60_000 });
});

test('an old price refuses market orders with a clear word', async ({ page, market }) => {
  test.setTimeout(120_000);
  await trader(page, { USD: '1000' });
  market.mute();
  await expect(page.getByTestId('price-stale')).toBeVisible({ timeout: 45_000 });
  // The exchange counts from when it took the price, which is a moment after it came.
  await expect(async () => {
    await review(page, { side: 'Buy', type: 'Market', fields: { 'or for (USD)': '100' } });
    await expect(page.getByRole('alert').filter({ hasText: 'more than 30 seconds old' })).toBeVisible({ timeout: 3_000 });
  }).toPass();
});

test('the keys B, S, Esc and / lead through an order', async ({ page }) => {
  await trader(page, { USD: '1000' });
  await page.locator('h1').click();
  await page.keyboard.press('s');
  await expect(page.getByRole('button', { name: 'Sell', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('b');
  await expect(page.getByRole('button', { name: 'Buy', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.getByLabel('or for (USD)').fill('50 sb');
  await expect(page.getByLabel('or for (USD)')).toHaveValue('50 sb');
  await page.getByLabel('or for (USD)').fill('50');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('review')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('review')).toHaveCount(0);
  await expect(page.getByLabel('or for (USD)')).toHaveValue('50');
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Another pair')).toBeFocused();
  await page.keyboard.type('solana');
  await page.keyboard.press('Enter');
  await expect(page.locator('h1')).toContainText('SOL-USD');
  await expect(page).toHaveURL('/trade/SOL-USD');
  await expect(page.getByTestId('book')).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Another pair')).toBeFocused();
  await page.keyboard.type('SOL');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/trade/SOL-USD');
  await expect(page.getByTestId('book')).toBeVisible();
  await page.getByRole('button', { name: 'Switch the keys off' }).click();
  await page.locator('h1').click();
  await page.keyboard.press('s');
  await expect(page.getByRole('button', { name: 'Buy', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await open(page, '/trade/SOL-USD');
  await expect(page.getByRole('button', { name: 'Switch the keys on' })).toBeVisible();
});

test('a lost connection says so, and what was missed comes with it', async ({ page, browser, exchange, expectConsole }) => {
  test.slow();
  expectConsole(/WebSocket|ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  const email = await join(page, '/wallet');
  await deposit(page, { USD: '1000' });
  await open(page, '/trade/BTC-USD');
  const other = await elsewhere(browser, exchange, email);
  await page.context().setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(page.getByText('Not connected: orders and balances')).toBeVisible({ timeout: 30_000 });
  await open(other, '/trade/BTC-USD');
  const fields = { ...quantity, 'Price (USD)': '5000' };
  await place(other, { side: 'Buy', type: 'Limit', fields }, 'waits in the book');
  await other.context().close();
  await page.context().setOffline(false);
  await expect(page.getByTestId('open-orders')).toContainText('Buy 0.1 BTC', { timeout: 30_000 });
  await expect(page.getByText('Not connected: orders and balances')).toBeHidden();
});

test('what is typed stays while orders change', async ({ page, browser, exchange }) => {
  test.slow();
  const email = await join(page, '/wallet');
  await deposit(page, { USD: '1000' });
  await open(page, '/trade/BTC-USD');
  await page.getByLabel('or for (USD)').fill('123');
  const other = await elsewhere(browser, exchange, email);
  await open(other, '/trade/BTC-USD');
  const fields = { ...quantity, 'Price (USD)': '5000' };
  await place(other, { side: 'Buy', type: 'Limit', fields }, 'waits in the book');
  await other.context().close();
  await expect(page.getByTestId('open-orders')).toContainText('Buy 0.1 BTC');
  await expect(page.getByLabel('or for (USD)')).toHaveValue('123');
  // Nor is the focus led away.
  await expect(page.getByLabel('or for (USD)')).toBeFocused();
  await page.getByRole('button', { name: 'Cancel order: Buy 0.1 BTC' }).click();
  await expect(page.locator('.form-done')).toContainText('The order is cancelled.');
  await expect(page.getByLabel('or for (USD)')).toHaveValue('123');
});

bothWays(test, (go) => {
  test('a withdrawal goes to an address that was added 24 hours ago, not before', async ({ page, exchange }) => {
    await join(page, '/wallet', go);
    await deposit(page, { BTC: '0.2' });
    const form = page.getByTestId('new-address');
    await form.getByLabel('Address').fill('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4');
    await form.getByLabel('Label').fill('Cold');
    await form.getByRole('button', { name: 'Add address' }).click();
    await expect(page.getByTestId('addresses').getByRole('listitem')).toHaveCount(1);
    await expect(page.getByText('No address can be used yet')).toBeVisible();
    exchange.letAddressesGrowOld();
    await go(page, '/wallet');
    const withdraw = page.getByTestId('withdraw');
    await withdraw.getByLabel('Amount').fill('0.05');
    await withdraw.getByRole('button', { name: 'Withdraw' }).click();
    await expect(page.locator('.form-done')).toContainText('0.05 BTC are on their way out');
    await expect(page.getByTestId('withdrawals')).toContainText('0.05 BTC');
  });
});
