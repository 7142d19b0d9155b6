import type { Page, Route } from '@playwright/test';
import { expect, open, test } from '../support/test';

const chart = '[data-testid=coin-chart]';

/** Follows a link of the ticker, by keyboard: the strip moves under a pointer. */
async function byTicker(page: Page, coin: string): Promise<void> {
  await page.locator(`[data-testid=ticker] a[data-coin=${coin}]`).focus();
  await page.keyboard.press('Enter');
}

/** Holds answers back until they are let go. */
class Gate {
  private open: () => void = () => undefined;
  private opened = new Promise<void>((resume) => { this.open = resume; });

  /** For `page.route`. */
  hold = async (route: Route): Promise<void> => {
    await this.opened;
    await route.continue();
  };

  /** Lets go what waits, and holds back what comes later. */
  release(): void {
    this.open();
    this.opened = new Promise((resume) => { this.open = resume; });
  }
}

test('from coin to coin, to the list and to a coin again: each has its title, nothing breaks', async ({ page }) => {
  await open(page, '/coins/bitcoin');
  await expect(page).toHaveTitle(/^Simulated \$[\d,.]+ Bitcoin \(BTC\) · CryptoVault$/);
  await byTicker(page, 'ethereum');
  await expect(page.locator('h1')).toContainText('Ethereum');
  await expect(page).toHaveTitle(/^Simulated \$[\d,.]+ Ethereum \(ETH\)/);
  await page.locator('nav[aria-label=Main] a', { hasText: 'Markets' }).click();
  await expect(page.locator('h1')).toHaveText('Markets');
  await expect(page).toHaveTitle('Markets · CryptoVault');
  await page.locator('tr[data-coin=solana] a.coin').click();
  await expect(page.locator('h1')).toContainText('Solana');
  await expect(page).toHaveTitle(/\$[\d,.]+ Solana \(SOL\)/);
  // The title still follows the price.
  const before = await page.title();
  await expect.poll(() => page.title(), { timeout: 20_000 }).not.toBe(before);
  await expect(page).toHaveTitle(/Solana \(SOL\)/);
});

test('an unknown coin and back: the title says so', async ({ page, expectConsole }) => {
  expectConsole(/status of 404/);
  await page.goto('/coins/no-such-coin');
  await expect(page).toHaveTitle('Unknown coin · CryptoVault');
  await byTicker(page, 'bitcoin');
  await expect(page).toHaveTitle(/Bitcoin \(BTC\)/);
});

test('a chart that comes before its coin does not stand under the name of another', async ({ page }) => {
  await open(page, '/coins/bitcoin');
  await expect(page.locator(chart)).toHaveAttribute('aria-label', /^Bitcoin price/);
  const gate = new Gate();
  await page.route('**/_fn/market/coin?*', gate.hold);
  const drawn = page.waitForResponse(/_fn\/market\/history/);
  await byTicker(page, 'ethereum');
  await drawn;
  await expect(page.getByText('Loading the chart…')).toBeVisible();
  await expect(page.locator('h1')).toContainText('Bitcoin');
  await expect(page.locator(chart)).toHaveCount(0);
  gate.release();
  await expect(page.locator('h1')).toContainText('Ethereum');
  await expect(page.locator(chart)).toHaveAttribute('aria-label', /^Ethereum price/);
});

interface Shift { value: number; sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] }

for (const viewport of [{ width: 360, height: 740 }, { width: 768, height: 1024 }, { width: 1280, height: 800 }, { width: 1600, height: 1100 }]) {
  test(`nothing jumps when what is slow arrives, ${viewport.width} wide`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await open(page, '/coins/bitcoin');
    await page.evaluate(() => {
      const shifts: string[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as unknown as Shift[]) {
          const moved = entry.sources.map(({ node, previousRect: from, currentRect: to }) => {
            const name = node instanceof Element ? node.outerHTML.slice(0, 60) : node?.textContent;
            return `${name} from ${from.y} to ${to.y}`;
          });
          shifts.push(`${entry.value.toFixed(4)} ${moved.join(' | ')}`);
        }
      }).observe({ type: 'layout-shift' });
    });
    const gate = new Gate();
    await page.route('**/_fn/market/**', gate.hold);
    const taken = (): Promise<string[]> => page.evaluate(() => (window as unknown as { shifts: string[] }).shifts.splice(0));
    // What moves until the empty page stands there is the answer to a click.
    const answered = async (): Promise<void> => {
      await page.waitForTimeout(300);
      await taken();
    };
    await page.locator('.crumbs a').click();
    await expect(page.locator('.markets-table[aria-busy=true]')).toBeVisible();
    await answered();
    gate.release();
    const ethereum = page.locator('tr[data-coin=ethereum] a.coin');
    await expect(ethereum).toBeVisible();
    const shifts = await taken();
    await ethereum.click();
    await expect(page.locator('.coin[aria-busy=true]')).toBeVisible();
    await answered();
    gate.release();
    await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
    shifts.push(...await taken());
    const sum = shifts.reduce((total, shift) => total + Number.parseFloat(shift), 0);
    expect(sum, `layout shifts:\n${shifts.join('\n')}`).toBeLessThan(0.01);
  });
}
