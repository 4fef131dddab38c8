/** How an image says that it is to be started. */
export interface ImageStart {
  env: string[];
  entrypoint: string[];
  command: string[];
  workingDir: string;
}

/** The files of an image in a folder, which nobody may change, and which stay while an instance needs them. */
export interface ImageFiles {
  root: string;
  bytes: number;
  config: ImageStart;
  /** Whom it runs as: by its own numbers inside, by those of the machine outside. Undefined: root of its namespace. */
  user?: { inside: UserIds; outside: UserIds };
}

export interface UserIds {
  uid: number;
  gid: number;
}

/** Where images come from: the driver only runs them. */
export interface ImageSource {
  /** `secrets` of the namespace have the credentials. Throws with a sentence on why the image cannot be had. */
  pull(ref: string, access: { namespace: string; secrets: readonly string[] }): Promise<ImageFiles>;
}
