import type { ComponentContext } from '../component-context.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import type { ReadOptions, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { needed } from '../metadata/fields.ts';
import { nonEmpty } from '../metadata/parsers.ts';
import type { Binding } from './binding.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

/** `bindings.cron`: an event without data at each time of the schedule. A time that is missed, or meets a handler that is still busy, is left out. */
export const cronBinding: ComponentType<'bindings'> = componentType({
  block: 'bindings',
  fields: { schedule: needed(nonEmpty) },
  open: ({ schedule }, context) => {
    const times = parseSchedule(schedule, context.clock.now());
    const open = openSubscriptions();
    const binding: Binding = {
      input: {
        read: async (options) => {
          const subscription = tick(times, options, context);
          return open.keep(subscription);
        },
      },
      ping: async () => {},
      close: async () => open.close(),
    };
    return binding;
  },
});

// The longest that a timer of Node takes is less than a month.
const longestTimerMs = 86_400_000;

function tick(times: Schedule, options: ReadOptions, context: ComponentContext): Subscription {
  const { clock, name, report } = context;
  const lanes = deliveryLanes({ ...options, clock, random: context.random, retry: 'source', onError: () => {} });
  let isPaused = false;
  let cancel = (): void => {};
  schedule(clock.now());

  function schedule(after: number): void {
    const due = times(after);
    if (due === undefined) return report({ level: 'warn', message: 'the schedule has no further time', component: name });
    wait(due);
  }

  function wait(due: number): void {
    const left = due - clock.now();
    if (left > 0) cancel = clock.setTimeout(() => wait(due), Math.min(left, longestTimerMs));
    else fire(due);
  }

  function fire(due: number): void {
    if (!isPaused && lanes.held < options.maxInFlight) lanes.offer({ message: message(due), settle: () => {} });
    else if (!isPaused)
      report({ level: 'warn', message: 'a time of the schedule was left out: earlier ones are still being handled', component: name });
    // Never before `due` again, even when the clock of the machine was set back.
    schedule(Math.max(due, clock.now()));
  }

  const message = (due: number): { id: string; data: Uint8Array; metadata: Record<string, string> } => ({
    id: `${name}-${due}`,
    data: new Uint8Array(0),
    metadata: { timeZone: 'UTC', readTimeUTC: new Date(due).toISOString() },
  });

  return {
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    close: async (signal) => {
      cancel();
      await lanes.close(signal);
    },
  };
}
