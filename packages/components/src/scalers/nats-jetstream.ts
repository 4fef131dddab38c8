import { needed, optional, withDefault } from '../metadata/fields.ts';
import { flag, nonEmpty, wholeNumber, type Parser } from '../metadata/parsers.ts';
import { jetStreamMonitoring } from './jetstream-monitoring.ts';
import { jsonEndpoint } from './json-endpoint.ts';
import { metricName } from './metric-name.ts';
import { scalerType, type ScalerType } from './scaler-type.ts';

const hostAndPort: Parser<string> = {
  says: 'host:port of the monitoring endpoint',
  parse: (value) => (/^[^\s/?#@]+$/.test(value) && URL.canParse(`http://${value}`) ? value : undefined),
};

/** `nats-jetstream`: what a consumer has not been given and what it has not acknowledged, as the server's monitoring tells. */
export const natsJetStreamScaler: ScalerType = scalerType({
  fields: {
    natsServerMonitoringEndpoint: needed(hostAndPort),
    account: needed(nonEmpty),
    accountID: optional(nonEmpty),
    stream: needed(nonEmpty),
    consumer: needed(nonEmpty),
    lagThreshold: withDefault(wholeNumber(1), 10),
    activationLagThreshold: withDefault(wholeNumber(0), 0),
    useHttps: withDefault(flag, false),
  },
  open: (settings) => {
    const { natsServerMonitoringEndpoint, account, accountID = account, stream, consumer, lagThreshold, useHttps } = settings;
    const url = new URL(`${useHttps ? 'https' : 'http'}://${natsServerMonitoringEndpoint}/jsz`);
    url.search = new URLSearchParams({ acc: accountID, consumers: 'true', config: 'true' }).toString();
    const endpoint = jsonEndpoint({ server: "NATS' monitoring", hint: 'Is natsServerMonitoringEndpoint right, and the server up?' });
    const monitoring = jetStreamMonitoring(url, { account, accountID, stream, consumer }, endpoint);
    return {
      metricName: metricName(`nats-jetstream-${stream}`),
      target: lagThreshold,
      read: async (signal) => {
        const value = await monitoring.lag(signal);
        return { value, isActive: value > settings.activationLagThreshold };
      },
      close: endpoint.close,
    };
  },
});
