# The functions of nixpkgs' lib that the flake calls, for what the flake calls them with.
let
  output =
    name: package:
    if package ? ${name} then
      package.${name}
    else if package ? out then
      package.out
    else
      package;
in
rec {
  inherit (builtins) attrValues mapAttrs;
  genAttrs =
    names: make:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );
  optionals = condition: list: if condition then list else [ ];
  hasSuffix =
    suffix: text:
    let
      from = builtins.stringLength text - builtins.stringLength suffix;
    in
    from >= 0 && builtins.substring from (-1) text == suffix;
  getExe = package: "${package}/bin/${package.meta.mainProgram}";
  getLib = output "lib";
  getDev = output "dev";
  licenses.asl20.spdxId = "Apache-2.0";

  # A set of files is a list of paths here; a directory means all below it.
  fileset = {
    unions = map (
      path: if builtins.pathExists path then path else throw "${toString path} does not exist"
    );
    toSource =
      { root, fileset }:
      let
        wanted = map toString fileset;
        below = directory: path: path == directory || hasPrefix "${directory}/" path;
      in
      {
        outPath = builtins.path {
          name = "source";
          path = root;
          filter = path: _: builtins.any (chosen: below chosen path || below path chosen) wanted;
        };
      };
  };
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
}
