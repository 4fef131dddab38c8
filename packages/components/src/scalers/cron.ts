import { parseSchedule, type Schedule } from '../bindings/schedule.ts';
import { ComponentError } from '../component-error.ts';
import { needed } from '../metadata/fields.ts';
import { nonEmpty, wholeNumber, type Parser } from '../metadata/parsers.ts';
import { metricName } from './metric-name.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

const zone: Parser<string> = {
  says: 'a time zone such as "Europe/Berlin"',
  parse: (value) => {
    try {
      if (!/^[\w/+-]+$/.test(value)) return undefined;
      // It throws for a zone that there is not.
      void Intl.DateTimeFormat('en', { timeZone: value });
      return value;
    } catch {
      return undefined;
    }
  },
};

/** `cron`: a number of instances between two times of a schedule, and none outside. */
export const cronScaler: ScalerType = scalerType({
  // The number is one of instances, so that only an average of one each makes sense.
  metricTypes: ['AverageValue'],
  fields: { timezone: needed(zone), start: needed(nonEmpty), end: needed(nonEmpty), desiredReplicas: needed(wholeNumber(0)) },
  open: (settings, { subject, clock }) => {
    const { timezone, start, end, desiredReplicas } = settings;
    if (start.trim() === end.trim())
      throw new ComponentError('ComponentInvalid', `${subject} cannot be opened: start and end are the same. Give two times.`);
    const now = clock.now();
    const window = { start: scheduleOf('start', start), end: scheduleOf('end', end) };

    function scheduleOf(field: string, text: string): Schedule {
      const refuse = (why: string): ComponentError =>
        new ComponentError('ComponentInvalid', `${subject} cannot be opened: metadata "${field}" ${why}.`);
      if (!/^(?:\S+(?:\s+\S+){4}|@(?!every)\w+)$/.test(text.trim()))
        throw refuse('must have five fields: minute, hour, day of the month, month, day of the week. Write for example "0 6 * * *"');
      const schedule = parseSchedule(`CRON_TZ=${timezone} ${text.trim()}`, now);
      if (schedule(now) === undefined) throw refuse('is a time that never comes. Correct it');
      return schedule;
    }

    return {
      metricName: metricName(`cron-${timezone}-${named(start)}-${named(end)}`),
      target: 1,
      read: async () => {
        const isActive = isWithin(window, clock.now());
        return { value: isActive ? desiredReplicas : 0, isActive };
      },
      close: async () => {},
    };
  },
});

/** Within, when the end comes before the next start. */
function isWithin({ start, end }: { start: Schedule; end: Schedule }, now: number): boolean {
  return (end(now) ?? Infinity) <= (start(now) ?? Infinity);
}

function named(schedule: string): string {
  return schedule.replaceAll(/\s/g, '').replaceAll('*', 'x').replaceAll('/', 'Sl').replaceAll('?', 'Qm');
}
