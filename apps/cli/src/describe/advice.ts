/** What helps against a reason that the platform gives; `name` is the function's. */
const byReason: Record<string, (name: string) => string> = {
  // Of a manifest.
  Invalid: () => 'Correct the fields that the message names, and apply it again.',
  UnknownRuntime: () => 'Leave spec.workloadRuntime out, or set it to OCIContainer.',
  AsyncNotSupported: () => 'Do what the message says; with spec.serving.triggers.http it can be called.',
  // Of a build.
  BuildTimeout: () => 'Raise spec.build.timeout, or make the build smaller.',
  BuilderNotSupported: () => 'Set spec.build.builder to one that the message names.',
  SourceRefused: () => 'Use a source that the rule in the message allows.',
  SourceNotFound: () => 'Correct the repository, the revision or the sub-path.',
  UploadLost: (name) => `Send it again: ofn deploy … --name ${name}`,
  EntryNotFound: () => 'Set "main" in package.json to the file that exports the function.',
  SecretNotFound: () => 'Create the Secret with the key that the message names; one of a component is looked for again every minute.',
  InstallFailed: () => 'Correct the dependencies in package.json; npm’s own words are above.',
  CompileFailed: () => 'Correct the source, and deploy it again.',
  Canceled: (name) => `Deploy it again if it was not meant: ofn deploy … --name ${name}`,
  RegistryDenied: () => 'Let spec.imageCredentials name a Secret that may push to, and pull from, the registry of spec.image.',
  RegistryUnavailable: () => 'Look whether the registry of spec.image runs and can be reached from the platform.',
  // Of a version that does not start.
  ReferenceNotFound: () => 'Create the Secret or ConfigMap, or correct its name or key; it is read again without a new deployment.',
  NamespaceNotEnabled: () => 'Enable the namespace with the command that the message has.',
  ArtifactNotFound: () => 'Push the image, or correct spec.image and spec.imageCredentials.',
  ArtifactNotRunnable: () => 'Build the function with spec.build, or let spec.image name a module artifact.',
  ArtifactCorrupt: () => 'Push the image again.',
  NotAModule: () => 'Build the function with spec.build, or let spec.image name a module artifact.',
  TargetNotFound: (name) =>
    `Set FUNC_NAME in spec.build.env (or FUNCTION_TARGET in spec.serving.params) to a name that the message lists: ofn deploy … --name ${name} --target NAME`,
  LoadFailed: (name) => `Correct what it does while it is loaded, and deploy it again. What it writes: ofn logs ${name} -f`,
  LoadTimeout: () => 'Do less while the module is loaded: connect and read on the first request.',
  InstanceDied: (name) => `Look at what it wrote with "ofn logs ${name} -f" while you call it; it may need more memory.`,
  NoInstance: () => 'Make the pool larger (ofn up --pool-size, or pool.size of the chart), and see what "ofn doctor" says of the machine.',
  ServingTimeout: () => 'Raise spec.serving.timeout, or correct what keeps it from starting.',
  // Of a route.
  HostnameConflict: () => 'Give one of the two functions another host name or path.',
  GatewayNotFound: () => 'Create the Gateway, or correct spec.serving.triggers.http.route.gatewayRef.',
  UnsupportedValue: () => 'Change what the message names.',
  // Of messages and state.
  ComponentInvalid: () => 'Correct the component as the message says: spec.serving.bindings, pubsub or states.',
  ComponentNotFound: () => 'Declare the component in spec.serving.bindings, pubsub or states, or correct the name that the message has.',
  ProtocolUnsupported: () => 'Where the image can speak HTTP, set dapr.io/app-protocol: http in spec.serving.annotations.',
  ScalerInvalid: () => 'Correct the trigger in spec.serving.scaleOptions.keda.triggers as the message says.',
  ScalerUnavailable: () => 'Look whether the server of the trigger runs and can be reached; it is tried again by itself.',
  ComponentUnavailable: () => 'Look whether the server of the component runs and can be reached; it is tried again by itself.',
  // Of an instance.
  ImagePullBackOff: () => 'Correct spec.image, or let spec.imageCredentials name a Secret that may pull it.',
  ErrImagePull: () => 'Correct spec.image, or let spec.imageCredentials name a Secret that may pull it.',
  InvalidImageName: () => 'Correct spec.image.',
  Unschedulable: () => 'Ask for less in spec.serving.template, or add nodes: "kubectl describe nodes" shows what is free.',
  OOMKilled: () => 'Give it more memory: resources.limits.memory of its container in spec.serving.template.',
  CrashLoopBackOff: (name) => `It ends again and again; "ofn logs ${name}" may say why.`,
};

/** What to do about a reason, or `otherwise` when the reason is not known. */
export function advice(reason: string | undefined, name: string, otherwise: string): string {
  return reason !== undefined && Object.hasOwn(byReason, reason) ? (byReason[reason]?.(name) ?? otherwise) : otherwise;
}
