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

  # A set of files is two lists of paths here: what is in it, and what is not. A directory means all below it.
  fileset = rec {
    set =
      files:
      if builtins.isAttrs files then
        files
      else if builtins.pathExists files then
        {
          include = [ files ];
          exclude = [ ];
        }
      else
        throw "${toString files} does not exist";
    maybeMissing = path: {
      include = [ path ];
      exclude = [ ];
    };
    unions = sets: {
      include = builtins.concatMap (files: (set files).include) sets;
      exclude = builtins.concatMap (files: (set files).exclude) sets;
    };
    difference = files: others: (set files) // { exclude = (set others).include; };
    toSource =
      { root, fileset }:
      let
        paths = map toString;
        below = path: directory: path == directory || hasPrefix "${directory}/" path;
        included = paths (set fileset).include;
        excluded = paths (set fileset).exclude;
      in
      {
        outPath = builtins.path {
          name = "source";
          path = root;
          filter =
            path: _:
            builtins.any (chosen: below path chosen || below chosen path) included
            && !builtins.any (below path) excluded;
        };
      };
  };
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
}
