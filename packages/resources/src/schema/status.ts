import { z } from 'zod';
import { condition } from './meta.ts';

const text = z.string();

const state = z.enum([
  'Created',
  'Building',
  'Starting',
  'Running',
  'Succeeded',
  'Failed',
  'Skipped',
  'Timeout',
  'Canceled',
  'UnknownRuntime',
]);

/** Every state that a Function, a Builder or a Serving can be in. */
export const states = state.options;
export type State = z.infer<typeof state>;

/** What every status says. */
export const commonStatus = z.object({
  observedGeneration: z.int().describe('The generation that this status was made of').optional(),
  conditions: z.array(condition).max(32).describe('What is true of the object now; Ready sums it up').optional(),
});

/** What the status of a Builder, of a Serving, and of each half of a Function says. */
export const progress = z.object({
  state: z
    .union([state, z.literal('')])
    .describe('How far it is')
    .optional(),
  reason: text.describe('Why it is in this state, in one word').optional(),
  message: text.describe('Why it is in this state, in a sentence').optional(),
});

export const sources = z
  .array(
    z
      .object({
        name: text.describe('Which source'),
        git: z
          .object({
            commitSha: text.describe('The commit that was built').optional(),
            commitAuthor: text.describe('Who wrote the commit').optional(),
            branchName: text.describe('The branch that was built').optional(),
          })
          .describe('What git knows of the source')
          .optional(),
        bundle: z
          .object({ digest: text.describe('Digest of the source that was built').optional() })
          .describe('What is known of source from an image')
          .optional(),
      })
      .describe('One source'),
  )
  .describe('What was built');
