import { readFileSync } from 'node:fs';

// The same rows that CryptoVault renders.
const rows = JSON.parse(readFileSync(process.env.ROWS_FILE, 'utf8')).cryptocurrencies;

export const load = () => ({ rows });
