//! Pictures of people (P-13): what is taken, what is kept, who sees them.

use std::io::Cursor;

use http::Method;
use image::{ImageFormat, RgbImage};
use serde_json::json;

use crate::world::{Answer, Client, World};

const OWN: &str = "/api/v1/me/picture";

fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let image = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    });
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A good picture.
pub fn png() -> Vec<u8> {
    file(ImageFormat::Png, 60, 40)
}

async fn put(client: &Client, kind: &str, file: Vec<u8>) -> Answer {
    client.send_raw(Method::PUT, OWN, Some(kind), file).await
}

async fn set(client: &Client) -> String {
    let set = put(client, "image/png", file(ImageFormat::Png, 300, 200)).await;
    assert_eq!(set.status, 200, "{}", set.text);
    set.body["picture"].as_str().unwrap().to_owned()
}

/// A form with a file, as browsers send it.
async fn upload(client: &Client, name: &str, file: &[u8]) -> Answer {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let client = client.header("accept", "text/html");
    client.send_raw(Method::POST, "/profile/picture", Some("multipart/form-data; boundary=edge"), body).await
}

#[tokio::test]
async fn p_13_a_picture_is_made_anew_and_has_an_address_of_its_own() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get("/api/v1/me").await.body["picture"], json!(null));
    let first = set(&mei).await;
    assert_eq!(mei.get("/api/v1/me").await.body["picture"], json!(first));
    let seen = mei.get(&first).await;
    assert_eq!((seen.status.as_u16(), &seen.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(seen.headers["cache-control"], "private, max-age=31536000, immutable");
    assert_eq!(seen.headers["x-content-type-options"], "nosniff");
    let image = image::load_from_memory_with_format(&seen.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((image.width(), image.height()), (256, 256));
    // Another picture, another address; the old one is gone.
    let second = set(&mei).await;
    assert_ne!(first, second);
    assert_eq!(mei.get(&first).await.status, 404);
    assert_eq!(mei.delete(OWN).await.status, 204);
    assert_eq!(mei.delete(OWN).await.status, 204);
    assert_eq!(mei.get(&second).await.status, 404);
    assert_eq!(mei.get("/api/v1/me").await.body["picture"], json!(null));
    let log = world.sign_in("Ana").await.page("/acme/audit-log").await.text;
    assert!(log.contains("changed their picture") && log.contains("removed their picture"));
}

#[tokio::test]
async fn p_13_what_is_no_fit_picture_changes_nothing() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let before = set(&mei).await;
    let png = file(ImageFormat::Png, 40, 40);
    for kind in ["image/svg+xml", "application/json", "text/html", "image/bmp", ""] {
        let answer = put(&mei, kind, png.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (415, "/problems/unsupported-media-type"), "{kind}");
    }
    let wide = {
        let mut file = Cursor::new(Vec::new());
        RgbImage::new(1, 30_000).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    };
    for (what, file) in [
        ("nothing", Vec::new()),
        ("a cut file", png[..png.len() / 2].to_vec()),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec()),
        ("HTML behind the first bytes of a GIF", b"GIF89a/*<script>alert(1)</script>*/".to_vec()),
        ("one too long", wide),
    ] {
        let answer = put(&mei, "image/png", file).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (422, "/problems/invalid"), "{what}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], "picture", "{what}");
    }
    let large = put(&mei, "image/png", vec![0; (5 << 20) + 1]).await;
    assert_eq!((large.status.as_u16(), large.problem()), (413, "/problems/too-large"), "{}", large.text);
    assert_eq!(mei.get("/api/v1/me").await.body["picture"], json!(before));
    assert_eq!(mei.get(&before).await.status, 200);
    // A megabyte is the most elsewhere.
    let elsewhere = mei.send_raw(Method::PATCH, "/api/v1/me", Some("application/json"), vec![b' '; 1_100_000]).await;
    assert_eq!(elsewhere.status, 413);
}

#[tokio::test]
async fn p_13_the_declared_type_is_not_believed_and_nothing_else_is_kept() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let script = b"<script>alert('here')</script>";
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        // A good picture with a page behind it.
        let both = [file(format, 90, 90), script.to_vec()].concat();
        let answer = put(&mei, "image/gif", both).await;
        assert_eq!(answer.status, 200, "{format:?}: {}", answer.text);
        let kept = mei.get(answer.body["picture"].as_str().unwrap()).await;
        assert_eq!(kept.headers["content-type"], "image/jpeg");
        assert!(!kept.bytes.windows(script.len()).any(|part| part == script), "{format:?}");
    }
}

#[tokio::test]
async fn p_13_a_picture_is_seen_by_members_of_the_same_organization_alone() {
    let world = World::new().await;
    let (mei, omar) = (world.sign_in("Mei").await, world.sign_in("Omar").await);
    let picture = set(&mei).await;
    assert_eq!(omar.get(&picture).await.status, 200);
    for stranger in ["Finn", "Carla", "Chloe", "Ines"] {
        let answer = world.sign_in(stranger).await.get(&picture).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (404, "/problems/not-found"), "{stranger}");
    }
    assert_eq!(world.anonymous().get(&picture).await.status, 401);
    assert_eq!(world.anonymous().send_raw(Method::PUT, OWN, Some("image/png"), vec![1]).await.status, 401);
    // Lists and pages show it, and say nothing of it to a reader who sees the name beside.
    let ana = world.sign_in("Ana").await;
    let users = ana.get(&world.path("workspace", "/users")).await;
    let of = |id: String| {
        users.body["items"].as_array().unwrap().iter().find(|user| user["id"] == id).unwrap()["picture"].clone()
    };
    assert_eq!((of(world.person("Mei")), of(world.person("Omar"))), (json!(picture), json!(null)));
    let mei_id = world.person("Mei");
    for path in ["/acme/users".to_owned(), "/acme/settings/team".to_owned(), format!("/acme/users/{mei_id}")] {
        let page = ana.page(&path).await;
        assert!(page.text.contains(&format!("src=\"{picture}\" alt=\"\"")), "{path}");
    }
    assert!(mei.page("/acme/bots").await.text.contains(&picture), "in the sidebar");
    // Who is suspended sees nothing any more; who leaves is seen no more.
    let path = world.path("workspace", &format!("/users/{}", world.person("Omar")));
    assert_eq!(ana.patch(&path, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(omar.get(&picture).await.status, 404);
    assert_eq!(ana.delete(&world.path("workspace", &format!("/users/{mei_id}"))).await.status, 204);
    assert_eq!(ana.get(&picture).await.status, 404);
    assert_eq!(mei.get(&picture).await.status, 200);
}

#[tokio::test]
async fn p_13_a_token_sees_pictures_where_it_may_read_users() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let picture = set(&world.sign_in("Mei").await).await;
    let token = async |model: &str| {
        let scope = json!([{ "organization": world.organization("workspace").id, "permissions": [{ "model": model, "action": "read" }] }]);
        let made = ana.post("/api/v1/me/tokens", json!({ "name": model, "scope": scope })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        world.anonymous().header("authorization", format!("Bearer {}", made.body["secret"].as_str().unwrap()))
    };
    let (reader, other) = (token("User").await, token("Role").await);
    assert_eq!(
        (reader.get(&picture).await.status, other.get(&picture).await.status),
        (200.try_into().unwrap(), 404.try_into().unwrap())
    );
    assert_eq!(put(&reader, "image/png", file(ImageFormat::Png, 9, 9)).await.status, 401, "a token has no picture");
}

#[tokio::test]
async fn p_13_the_form_works_without_scripts_and_says_what_is_wrong() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let done = upload(&mei, "me.png", &file(ImageFormat::Png, 64, 64)).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/profile"), "{}", done.text);
    let page = mei.page("/profile").await;
    assert!(page.text.contains("alt=\"Your picture\"") && page.text.contains("Remove picture"));
    for (name, file, told) in [
        ("", Vec::new(), "Choose a picture first."),
        ("me.svg", b"<svg/>".to_vec(), "no picture that is understood"),
        ("me.png", vec![0; (5 << 20) + 1], "more than 5 MB"),
        ("me.png", vec![0; 16 << 20], "more than 5 MB"),
    ] {
        let refused = upload(&mei, name, &file).await;
        assert_eq!(refused.status, 422, "{told}: {}", refused.text);
        assert!(refused.text.contains(told), "{told}");
    }
    let odd = mei.form("/profile/picture", &[("picture", "x")]).await;
    assert_eq!(odd.status, 415);
    let forged = mei.header("origin", "https://evil.example");
    assert_eq!(upload(&forged, "me.png", &file(ImageFormat::Png, 64, 64)).await.status, 403);
    assert_eq!(mei.form("/profile/picture/remove", &[]).await.status, 303);
    assert!(!mei.page("/profile").await.text.contains("Remove picture"));
}

#[tokio::test]
async fn p_13_pictures_beyond_what_can_be_made_at_once_are_turned_away() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let picture = file(ImageFormat::Png, 1500, 1500);
    let all: Vec<_> = (0..24)
        .map(|_| {
            let (mei, picture) = (mei.clone(), picture.clone());
            tokio::spawn(async move { put(&mei, "image/png", picture).await })
        })
        .collect();
    let mut answers = Vec::new();
    for one in all {
        answers.push(one.await.unwrap());
    }
    assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status.as_u16())));
    assert!(answers.iter().any(|answer| answer.status == 200));
    let shed = answers.iter().filter(|answer| answer.status == 503);
    assert!(shed.into_iter().all(|answer| answer.headers.contains_key("retry-after")));
}
