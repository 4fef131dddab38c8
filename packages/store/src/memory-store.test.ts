import { describe } from 'vitest';
import { overflowHistory, storeContract, widgetSchema } from './contract.ts';
import { memoryStore } from './memory-store.ts';

describe('memoryStore', () => {
  storeContract(async () => ({
    store: memoryStore({ historyLimit: 50, schemaOf: () => widgetSchema }),
    close: () => {},
    forget: (store) => overflowHistory(store, 200),
  }));
});
