import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { join, patient, test as people } from '../support/people';
import { Desk } from '../support/server';
import { expect, expectAccessible, keep } from '../support/test';
import { bothWays } from '../support/ways';

/** A program that is told. */
class Receiver {
  status = 200;
  readonly seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  private constructor(private readonly server: Server, readonly url: string) {}

  static async start(): Promise<Receiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const receiver = new Receiver(server, `http://127.0.0.1:${address.port}/hook`);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => { body += part.toString(); });
      request.on('end', () => {
        receiver.seen.push({ headers: request.headers, body });
        response.writeHead(receiver.status).end('nobody shows this');
      });
    });
    return receiver;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const test = people.extend<{ receiver: Receiver }, { desk: Desk }>({
  desk: [async ({}, use) => {
    const desk = await Desk.start({ ...patient, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32' });
    await use(desk);
    await desk.stop();
  }, { scope: 'worker' }],
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    receiver.stop();
  },
});

test.use({ viewport: { width: 360, height: 640 } });

bothWays(test, (go, javaScriptEnabled) => {
  test('a webhook is made, shows its secret once, is tested, and deleted', async ({ page, receiver, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/settings/webhooks', go);
    await expect(page.getByText('There are none yet.')).toBeVisible();
    const form = page.getByTestId('new-webhook');
    await form.getByLabel('Address').fill('http://10.0.0.1/hook');
    await form.getByLabel('Description').fill('My bot');
    await form.getByRole('button', { name: 'Make webhook' }).click();
    await expect(form.getByText('Leads to an address that belongs to a private network')).toBeVisible();
    await expect(form.getByLabel('Address')).toHaveValue('http://10.0.0.1/hook');
    await expect(form.getByLabel('Description')).toHaveValue('My bot');
    for (const box of await form.getByRole('checkbox').all()) {
      await expect(box).toBeChecked();
      await box.uncheck();
    }
    await form.getByLabel('Address').fill(receiver.url);
    await form.getByRole('button', { name: 'Make webhook' }).click();
    await expect(form.getByText('Must name at least one')).toBeVisible();
    await expect(form.getByRole('checkbox').first()).not.toBeChecked();
    await form.getByLabel('Alerts').check();
    await form.getByRole('button', { name: 'Make webhook' }).click();
    await expect(page.getByRole('heading', { name: 'Your new webhook' })).toBeFocused();
    const secret = await page.getByTestId('webhook-secret').innerText();
    expect(secret).toMatch(/^\S{43}$/);
    await keep(page, `webhook-${javaScriptEnabled ? 'js' : 'plain'}`);
    const row = page.getByTestId('webhooks').getByRole('listitem');
    await expect(row).toHaveCount(1);
    await expect(row).toContainText('My bot');
    await expect(row).toContainText('Alerts');

    await go(page, '/settings/webhooks');
    expect(await page.content()).not.toContain(secret);
    receiver.status = 500;
    await row.getByRole('button', { name: /^Send a test/ }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'The test has not arrived: the receiver answered 500.' })).toBeVisible();
    receiver.status = 204;
    await row.getByRole('button', { name: /^Send a test/ }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The test has arrived: the receiver answered 204.' })).toBeVisible();
    const [, { headers, body }] = receiver.seen;
    const mac = createHmac('sha256', secret).update(`${headers['x-timestamp']}.${body}`).digest('hex');
    expect(headers['x-signature']).toBe(`sha256=${mac}`);
    expect(JSON.parse(body)).toMatchObject({ type: 'test' });
    const log = page.getByTestId('deliveries').locator('tbody tr');
    await expect(log).toHaveCount(2);
    await expect(log.first()).toContainText('Arrived');
    await expect(log.last()).toContainText('Given up');
    await expect(page.getByText('nobody shows this')).toHaveCount(0);

    await go(page, '/settings/webhooks');
    await row.getByRole('link', { name: /^What was sent/ }).click();
    await expect(log).toHaveCount(2);
    const remove = row.getByRole('button', { name: /^Delete/ });
    await expect(remove).toBeHidden();
    await row.locator('summary').click();
    await remove.click();
    await expect(page.getByRole('status').filter({ hasText: 'The webhook is deleted.' })).toBeVisible();
    await expect(page.getByText('There are none yet.')).toBeVisible();
  });
});

test('webhooks are for everybody, on a phone, too', async ({ page, receiver }) => {
  await join(page, '/settings/webhooks');
  const form = page.getByTestId('new-webhook');
  await form.getByLabel('Address').fill(`${receiver.url}/${'long'.repeat(40)}`);
  await form.getByRole('button', { name: 'Make webhook' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Send a test/ }).click();
  await expect(page.getByTestId('deliveries')).toContainText('Arrived');
  await page.getByTestId('webhooks').locator('summary').click();
  await expectAccessible(page);
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await keep(page, `webhooks-${width}`);
  }
});
