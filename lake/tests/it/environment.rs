//! What a client asks of its environment. That is a process's own, so each case is a process.

use std::process::Command;

use lake::S3Store;

const CHILD: &str = "environment::the_region_of_this_environment";

/// What the client's region is in an environment with these settings alone.
fn region(settings: &[(&str, &str)]) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .env_clear()
        // A file of the developer's own could have a region, and so could the machine if it is one of EC2's.
        .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_EC2_METADATA_DISABLED", "true")])
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let output = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{output}{}", String::from_utf8_lossy(&child.stderr));
    let said = output.lines().find_map(|line| line.split_once("region: ").map(|(_, said)| said.to_owned()));
    said.unwrap_or_else(|| panic!("nothing said: {output}"))
}

#[test]
fn a_region_is_never_guessed() {
    let missing = "AWS_REGION is not set, expected the region of the buckets, for example eu-central-1";
    assert_eq!(region(&[]), missing);
    assert_eq!(region(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]), missing);
    assert_eq!(region(&[("AWS_REGION", "ap-south-1")]), "ap-south-1");
    assert_eq!(region(&[("AWS_DEFAULT_REGION", "ap-south-2")]), "ap-south-2");
}

#[tokio::test]
#[ignore = "part of a_region_is_never_guessed, which runs it in environments of its own"]
async fn the_region_of_this_environment() {
    match S3Store::client().await {
        Ok(client) => println!("region: {}", client.config().region().unwrap()),
        Err(missing) => println!("region: {missing}"),
    }
}
