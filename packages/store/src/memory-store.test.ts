import { describe } from 'vitest';
import { overflowHistory, storeContract } from './contract.ts';
import { memoryStore } from './memory-store.ts';

describe('memoryStore', () => {
  storeContract(async () => ({
    store: memoryStore({ historyLimit: 50 }),
    close: () => {},
    forget: (store) => overflowHistory(store, 200),
  }));
});
