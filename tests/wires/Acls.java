import java.nio.file.*;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.resource.*;

/** Makes the rules of standard input: principal, operation, kind of resource and its name, one rule a line. */
class Acls {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.load(Files.newBufferedReader(Path.of(arguments[0])));
        List<AclBinding> rules = new ArrayList<>();
        for (String line : new String(System.in.readAllBytes()).split("\n")) {
            String[] words = line.split(" ");
            rules.add(new AclBinding(
                new ResourcePattern(ResourceType.fromString(words[2]), words[3], PatternType.LITERAL),
                new AccessControlEntry(words[0], "*", AclOperation.fromString(words[1]), AclPermissionType.ALLOW)));
        }
        try (Admin admin = Admin.create(properties)) {
            admin.createAcls(rules).all().get();
        }
    }
}
