#!/usr/bin/env bash
# Brings Apache Kafka's broker from Maven Central, for tests: its jars go to the cache of the user. Needs Java 17 and Maven.
set -euo pipefail
version=4.0.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openfunction/kafka
[ "$(cat "$cache/version" 2>/dev/null)" = $version ] && exit
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>openfunction</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
POM
mvn --quiet --batch-mode --file "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$work/libs"
rm -rf "$cache/libs"
mv "$work/libs" "$cache/libs"
echo $version >"$cache/version"
